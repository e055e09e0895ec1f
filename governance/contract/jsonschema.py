"""
Event contracts in JSON Schema: draft-07, 2019-09 and 2020-12.

Patterns run on a linear-time engine, so no payload can stall a check: look-around and
back-references are refused. References stay inside the document.
"""

from collections.abc import Callable
from itertools import islice

import jsonschema_rs

from governance.contract.artifact import (
    Artifact,
    ArtifactError,
    Json,
    pointer_of,
    read_artifact,
    references,
)
from governance.contract.expansion import measure
from governance.contract.finding import Finding
from rules.refusal import Problem

DEFAULT_DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_PROBLEMS = 20
MAX_EXPANSION = 20_000
_DRAFTS: dict[str, type[jsonschema_rs.Validator]] = {
    DEFAULT_DIALECT: jsonschema_rs.Draft202012Validator,
    "https://json-schema.org/draft/2019-09/schema": jsonschema_rs.Draft201909Validator,
    "http://json-schema.org/draft-07/schema": jsonschema_rs.Draft7Validator,
}
_PATTERN_BYTES = 1_000_000
_SHOWN = 300

Validator = Callable[[Json], list[Problem]]


def validator(artifact: bytes, media_type: str = "application/schema+json") -> Validator:
    """
    Return what lists the problems of a payload against the schema *artifact*, at most 20.

    Raises `ArtifactError` when the artifact is not a schema that `check_jsonschema` passes.
    """
    read = read_artifact(artifact, media_type)
    found = _refused(read)
    if found:
        raise ArtifactError(found[0].message, line=found[0].line, pointer=found[0].pointer)
    compiled = _compile(read.data)
    listed = _first if measure(read.data).recursive else _all

    def problems(data: Json) -> list[Problem]:
        return [] if compiled.is_valid(data) else listed(compiled, data)

    return problems


def _all(compiled: jsonschema_rs.Validator, data: Json) -> list[Problem]:
    return [_problem(error) for error in islice(compiled.iter_errors(data), MAX_PROBLEMS)]


def _first(compiled: jsonschema_rs.Validator, data: Json) -> list[Problem]:
    """A schema that recurses twice at every step breaks a small payload in millions of ways."""
    try:
        compiled.validate(data)
    except jsonschema_rs.ValidationError as error:
        return [_problem(error)]
    return []


def _problem(error: jsonschema_rs.ValidationError) -> Problem:
    return Problem(pointer=pointer_of(error.instance_path), detail=_short(error))


def check_jsonschema(artifact: Artifact) -> list[Finding]:
    """Return what is wrong with, or worth knowing about, a schema; empty when all is well."""
    found = _refused(artifact)
    if found:
        return found
    data = artifact.data
    if isinstance(data, dict) and "$schema" not in data:
        found.append(_finding(artifact, "schema-dialect-missing", "info", "", _NO_DIALECT))
    if isinstance(data, dict) and "type" not in data and "$ref" not in data:
        found.append(_finding(artifact, "schema-type-missing", "warning", "", _NO_TYPE))
    return found


_NO_DIALECT = f"no $schema: it is read as {DEFAULT_DIALECT}"
_NO_TYPE = "the payload's type is not said: anything but an object passes too"


def _refused(artifact: Artifact) -> list[Finding]:
    """Return the errors that keep a document from being compiled."""
    data = artifact.data
    if not isinstance(data, dict | bool):
        message = "a JSON Schema is an object or a boolean"
        return [_finding(artifact, "schema-invalid", "error", "", message)]
    dialect = _dialect(data)
    if dialect not in _DRAFTS:
        message = f"{dialect} is not draft-07, 2019-09 or 2020-12"
        return [_finding(artifact, "schema-dialect-unknown", "error", "/$schema", message)]
    remote = [reference for reference in references(data) if reference.remote]
    if remote:
        message = "{} lies outside the document; move it under $defs and refer to it with #"
        return [
            _finding(artifact, "remote-reference", "error", r.pointer, message.format(r.target))
            for r in remote[:MAX_PROBLEMS]
        ]
    expansion = measure(data)
    if expansion.unbounded or expansion.size > MAX_EXPANSION:
        message = f"written out, its references come to more than {MAX_EXPANSION:,} places"
        return [_finding(artifact, "schema-too-large", "error", "", message)]
    return _metaschema_findings(artifact, dialect) or _compile_findings(artifact)


def _metaschema_findings(artifact: Artifact, dialect: str) -> list[Finding]:
    metaschema = _DRAFTS[dialect]({"$ref": dialect}, offline=True)
    found = []
    for error in metaschema.iter_errors(artifact.data):
        pointer = pointer_of(error.instance_path)
        found.append(_finding(artifact, "schema-invalid", "error", pointer, _short(error)))
        if len(found) == MAX_PROBLEMS:
            break
    return found


def _compile_findings(artifact: Artifact) -> list[Finding]:
    try:
        _compile(artifact.data)
    except jsonschema_rs.ValidationError as error:
        pointer = pointer_of(error.instance_path)
        rule = "pattern-not-linear" if pointer.endswith("pattern") else "schema-invalid"
        message = _short(error)
        if rule == "pattern-not-linear":
            message = f"{message}: look-around, back-references and huge repeats are not allowed"
        return [_finding(artifact, rule, "error", pointer, message)]
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        return [_finding(artifact, "schema-invalid", "error", "", str(error)[:_SHOWN])]
    return []


def _compile(schema: Json) -> jsonschema_rs.Validator:
    return _DRAFTS[_dialect(schema)](
        schema,
        validate_formats=True,
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(
            size_limit=_PATTERN_BYTES, dfa_size_limit=_PATTERN_BYTES
        ),
    )


def _dialect(schema: Json) -> str:
    declared = schema.get("$schema") if isinstance(schema, dict) else None
    return str(declared).rstrip("#") if declared is not None else DEFAULT_DIALECT


def _short(error: jsonschema_rs.ValidationError) -> str:
    message = str(error.message)
    return message if len(message) <= _SHOWN else f"{message[:_SHOWN]}…"


def _finding(artifact: Artifact, rule: str, level: str, pointer: str, message: str) -> Finding:
    return Finding(
        id=f"{rule}:{pointer or '/'}",
        rule=rule,
        level=level,
        direction="both",
        pointer=pointer,
        line=artifact.line(pointer),
        message=message,
    )
