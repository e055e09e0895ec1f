"""
Whether a document is an API contract, and what is worth knowing about it.

References outside the document are refused before anything else is looked at; patterns are
held to RE2, whose time is linear in the text.
"""

import re
from collections.abc import Iterator

import re2

from governance.contract.artifact import Artifact, Reference, references
from governance.contract.expansion import looked_up, measure
from governance.contract.finding import Finding
from governance.contract.openapi.meaning import meaning_errors, operations
from governance.contract.openapi.metaschema import form_errors
from governance.contract.openapi.schemas import Placed, schemas

MAX_FINDINGS = 50
MAX_EXPANSION = 5_000
_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not"})
_COMBINING = _IN_PLACE | {"items"}
_VERSION = re.compile(r"3\.(0|1)\.\d+\Z")
_IN_DATA = re.compile(r"(?<!/properties)/(example|examples|default|enum|const|x-[^/]*)(/|\Z)")
_SHOWN = 300


def check_openapi(artifact: Artifact) -> list[Finding]:
    """Return what is wrong with, or worth knowing about, an OpenAPI document."""
    version = _version(artifact)
    if version:
        return version
    referred = references(artifact.data)
    refused = _refused(artifact, referred)
    if refused:
        return refused
    found = []
    for finding in _errors(artifact, referred):
        found.append(finding)
        if len(found) == MAX_FINDINGS:
            return found
    return (found or [*_advice(artifact)])[:MAX_FINDINGS]


def _errors(artifact: Artifact, referred: list[Reference]) -> Iterator[Finding]:
    misshapen = False
    for pointer, message in form_errors(artifact.data):
        misshapen = True
        yield _finding(artifact, "openapi-invalid", "error", pointer, message)
    yield from _unresolved(artifact, referred)
    placed = [] if misshapen else list(schemas(artifact.data))
    for pointer, message in () if misshapen else meaning_errors(artifact.data, placed):
        yield _finding(artifact, "openapi-invalid", "error", pointer, message)
    yield from _patterns(artifact, placed)


def _version(artifact: Artifact) -> list[Finding]:
    data = artifact.data
    declared = data.get("openapi") if isinstance(data, dict) else None
    if isinstance(declared, str) and _VERSION.match(declared):
        return []
    message = "openapi must say 3.0.x or 3.1.x"
    return [_finding(artifact, "openapi-version", "error", "/openapi", message)]


def _refused(artifact: Artifact, referred: list[Reference]) -> list[Finding]:
    message = "{} lies outside the document; move it under components and refer to it with #/"
    remote = [
        _finding(artifact, "remote-reference", "error", r.pointer, message.format(r.target))
        for r in referred
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


def _unresolved(artifact: Artifact, referred: list[Reference]) -> Iterator[Finding]:
    """Of references by name only: an anchor is found by who reads the schema."""
    known: dict[str, bool] = {}
    for one in referred:
        target = one.target.removeprefix("#")
        if target and not target.startswith("/"):
            continue
        if target not in known:
            known[target] = looked_up(artifact.data, target) is not None
        if not known[target] and not _IN_DATA.search(one.pointer):
            message = f"a reference leads nowhere: {one.target}"[:_SHOWN]
            yield _finding(artifact, "reference-unresolved", "error", one.pointer, message)


def _patterns(artifact: Artifact, placed: list[Placed]) -> Iterator[Finding]:
    for place, schema in placed:
        pattern = schema.get("pattern")
        if not isinstance(pattern, str):
            continue
        try:
            re2.compile(pattern, _quietly())
        except re2.error as error:
            message = f"{pattern[:80]!r} is not a linear-time pattern: {error}"[:_SHOWN]
            pointer = f"{place}/pattern"
            yield _finding(artifact, "pattern-not-linear", "warning", pointer, message)


def _quietly() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options


def _advice(artifact: Artifact) -> Iterator[Finding]:
    for pointer, path, method, operation, _ in operations(artifact.data):
        if "operationId" not in operation:
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
