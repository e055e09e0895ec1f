"""
API contracts in OpenAPI 3.0 and 3.1.

Checked by openapi-spec-validator, which resolves references and runs patterns with
Python's own engine: references outside the document are refused before it starts, and it
is shown the document without patterns, which are checked by RE2 beside it.
"""

import re
from collections.abc import Iterator

import re2
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from referencing.exceptions import Unresolvable

from governance.contract.artifact import Artifact, Json, escape, pointer_of, references
from governance.contract.expansion import measure
from governance.contract.finding import Finding

MAX_FINDINGS = 50
MAX_EXPANSION = 5_000
_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not"})
_COMBINING = _IN_PLACE | {"items"}
_VERSION = re.compile(r"3\.(0|1)\.\d+\Z")
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_SHOWN = 300


def check_openapi(artifact: Artifact) -> list[Finding]:
    """Return what is wrong with, or worth knowing about, an OpenAPI document."""
    refused = _refused(artifact)
    if refused:
        return refused
    found = [*_invalid(artifact), *_patterns(artifact)]
    if not found:
        found = [*_advice(artifact)]
    return found[:MAX_FINDINGS]


def _refused(artifact: Artifact) -> list[Finding]:
    data = artifact.data
    declared = data.get("openapi") if isinstance(data, dict) else None
    if not isinstance(declared, str) or not _VERSION.match(declared):
        message = "openapi must say 3.0.x or 3.1.x"
        return [_finding(artifact, "openapi-version", "error", "/openapi", message)]
    message = "{} lies outside the document; move it under components and refer to it with #/"
    remote = [
        _finding(artifact, "remote-reference", "error", r.pointer, message.format(r.target))
        for r in references(data)
        if r.remote
    ]
    return remote[:MAX_FINDINGS] or _too_large(artifact)


def _too_large(artifact: Artifact) -> list[Finding]:
    expansion = measure(artifact.data, _COMBINING)
    if expansion.unbounded or expansion.size > MAX_EXPANSION:
        message = f"a schema's combinations come to more than {MAX_EXPANSION:,} places"
        return [_finding(artifact, "schema-too-large", "error", "", message)]
    if measure(artifact.data, _IN_PLACE).recursive:
        message = "a schema is made of itself, without anything in between"
        return [_finding(artifact, "reference-cycle", "error", "", message)]
    return []


def _invalid(artifact: Artifact) -> Iterator[Finding]:
    shown = _without_patterns(artifact.data)
    newer = artifact.data["openapi"].startswith("3.1")
    checker = OpenAPIV31SpecValidator(shown) if newer else OpenAPIV30SpecValidator(shown)
    try:
        for error in checker.iter_errors():
            pointer = pointer_of(error.absolute_path)
            message = str(error.message)[:_SHOWN]
            yield _finding(artifact, "openapi-invalid", "error", pointer, message)
    except Unresolvable as error:
        message = f"a reference leads nowhere: {error.ref}"
        pointer = _reference_to(artifact, str(error.ref))
        yield _finding(artifact, "reference-unresolved", "error", pointer, message)
    except RecursionError:
        message = "schemas recurse through arrays: not every `required` could be checked"
        yield _finding(artifact, "not-evaluated", "warning", "", message)


def _reference_to(artifact: Artifact, target: str) -> str:
    return next((r.pointer for r in references(artifact.data) if target in r.target), "")


def _without_patterns(node: Json) -> Json:
    """Return *node* with every regular expression replaced by one that everything matches."""
    if isinstance(node, list):
        return [_without_patterns(child) for child in node]
    if not isinstance(node, dict):
        return node
    kept: dict[str, Json] = {}
    for key, value in node.items():
        if key == "pattern" and isinstance(value, str):
            kept[key] = ""
        elif key == "patternProperties" and isinstance(value, dict):
            kept[key] = {re.escape(k): _without_patterns(v) for k, v in value.items()}
        else:
            kept[key] = _without_patterns(value)
    return kept


def _patterns(artifact: Artifact) -> Iterator[Finding]:
    for pointer, pattern in _walk_patterns(artifact.data, ""):
        try:
            re2.compile(pattern, _quietly())
        except re2.error as error:
            message = f"{pattern[:80]!r} is not a linear-time pattern: {error}"
            yield _finding(artifact, "pattern-not-linear", "warning", pointer, message[:_SHOWN])


def _walk_patterns(node: Json, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from _walk_patterns(child, f"{pointer}/{index}")
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "pattern" and isinstance(value, str):
                yield f"{pointer}/pattern", value
            yield from _walk_patterns(value, f"{pointer}/{escape(key)}")


def _quietly() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options


def _advice(artifact: Artifact) -> Iterator[Finding]:
    paths = artifact.data.get("paths") or {}
    for path, item in paths.items():
        for method, operation in item.items() if isinstance(item, dict) else ():
            if method in _METHODS and "operationId" not in operation:
                pointer = f"/paths/{escape(path)}/{method}"
                message = f"{method.upper()} {path} has no operationId to refer to it by"
                yield _finding(artifact, "operation-id-missing", "info", pointer, message)


def _finding(artifact: Artifact, rule: str, level: str, pointer: str, message: str) -> Finding:
    return Finding(
        id=f"{rule}:{pointer or '/'}",
        rule=rule,
        level=level,
        pointer=pointer,
        line=artifact.line(pointer),
        message=message,
    )
