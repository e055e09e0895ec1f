"""
Whether a document is an API contract, and what is worth knowing about it.

References outside the document are refused before anything else is looked at; patterns are
held to RE2, whose time is linear in the text.
"""

import re
from collections.abc import Iterator

import re2

from governance.contract.artifact import Artifact, Reference, references
from governance.contract.finding import Finding
from governance.contract.openapi.meaning import meaning_errors, operations
from governance.contract.openapi.metaschema import form_errors
from governance.contract.openapi.schemas import Placed, schemas
from governance.contract.referring import finding, refused, unresolved

MAX_FINDINGS = 50
MAX_EXPANSION = 5_000
_VERSION = re.compile(r"3\.(0|1)\.\d+\Z")
_SHOWN = 300


def check_openapi(artifact: Artifact) -> list[Finding]:
    """Return what is wrong with, or worth knowing about, an OpenAPI document."""
    version = _version(artifact)
    if version:
        return version
    referred = references(artifact.data)
    found = refused(artifact, referred, MAX_EXPANSION)
    if found:
        return found
    for one in _errors(artifact, referred):
        found.append(one)
        if len(found) == MAX_FINDINGS:
            return found
    return (found or [*_advice(artifact)])[:MAX_FINDINGS]


def _errors(artifact: Artifact, referred: list[Reference]) -> Iterator[Finding]:
    misshapen = False
    for pointer, message in form_errors(artifact.data):
        misshapen = True
        yield finding(artifact, "openapi-invalid", "error", pointer, message)
    yield from unresolved(artifact, referred)
    placed = [] if misshapen else list(schemas(artifact.data))
    for pointer, message in () if misshapen else meaning_errors(artifact.data, placed):
        yield finding(artifact, "openapi-invalid", "error", pointer, message)
    yield from _patterns(artifact, placed)


def _version(artifact: Artifact) -> list[Finding]:
    data = artifact.data
    declared = data.get("openapi") if isinstance(data, dict) else None
    if isinstance(declared, str) and _VERSION.match(declared):
        return []
    message = "openapi must say 3.0.x or 3.1.x"
    return [finding(artifact, "openapi-version", "error", "/openapi", message)]


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
            yield finding(artifact, "pattern-not-linear", "warning", pointer, message)


def _quietly() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options


def _advice(artifact: Artifact) -> Iterator[Finding]:
    for pointer, path, method, operation, _ in operations(artifact.data):
        if "operationId" not in operation:
            message = f"{method.upper()} {path} has no operationId to refer to it by"
            yield finding(artifact, "operation-id-missing", "info", pointer, message)
