"""
Which documents can be compared as JSON Schemas at all.

More than can be registered: drafts 4 and 6, too, and a schema that declares no dialect
and is written in an older one.
"""

import jsonschema_rs

from governance.contract.artifact import Artifact
from governance.contract.finding import Finding

_DIALECTS: dict[str, type[jsonschema_rs.Validator]] = {
    "https://json-schema.org/draft/2020-12/schema": jsonschema_rs.Draft202012Validator,
    "https://json-schema.org/draft/2019-09/schema": jsonschema_rs.Draft201909Validator,
    "http://json-schema.org/draft-07/schema": jsonschema_rs.Draft7Validator,
    "http://json-schema.org/draft-06/schema": jsonschema_rs.Draft6Validator,
    "http://json-schema.org/draft-04/schema": jsonschema_rs.Draft4Validator,
}
_UNDECLARED = tuple(_DIALECTS)[:3]


def unusable(artifact: Artifact) -> list[Finding]:
    """Return the one error that keeps *artifact* from being compared, if there is one."""
    data = artifact.data
    if not isinstance(data, dict | bool):
        return [_error(artifact, "", "a JSON Schema is an object or a boolean")]
    declared = data.get("$schema") if isinstance(data, dict) else None
    if declared is None:
        return [] if any(_passes(one, artifact) for one in _UNDECLARED) else [_first(artifact)]
    dialect = str(declared).rstrip("#")
    if dialect not in _DIALECTS:
        return [_error(artifact, "/$schema", f"{dialect[:200]} is no dialect that is known here")]
    return [] if _passes(dialect, artifact) else [_first(artifact, dialect)]


def _passes(dialect: str, artifact: Artifact) -> bool:
    return _metaschema(dialect).is_valid(artifact.data)


def _metaschema(dialect: str) -> jsonschema_rs.Validator:
    return _DIALECTS[dialect]({"$ref": dialect}, offline=True)


def _first(artifact: Artifact, dialect: str = _UNDECLARED[0]) -> Finding:
    error = next(iter(_metaschema(dialect).iter_errors(artifact.data)))
    pointer = "".join(f"/{part}" for part in error.instance_path)
    return _error(artifact, pointer, str(error.message)[:300])


def _error(artifact: Artifact, pointer: str, message: str) -> Finding:
    return Finding(
        id=f"schema-invalid:{pointer or '/'}",
        rule="schema-invalid",
        level="error",
        pointer=pointer,
        line=artifact.line(pointer),
        message=message,
    )
