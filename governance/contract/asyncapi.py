"""
Contracts of messages in AsyncAPI 2.0 to 2.6 and 3.0.

The form is held to what every tool reads of such a document: channels, operations, messages
and servers. Payloads that are JSON Schemas are held to draft-07, whose superset they are.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from governance.contract.artifact import Artifact, Json, pointer_of, references
from governance.contract.finding import Finding
from governance.contract.referring import finding, refused, unresolved

MAX_FINDINGS = 50
MAX_EXPANSION = 5_000
_VERSION = re.compile(r"(2\.[0-6]|3\.0)\.\d+\Z")
_DRAFT = "http://json-schema.org/draft-07/schema"
_SCHEMAS = ("application/vnd.aai.asyncapi", "application/schema+")
_SHOWN = 300


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def _named(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": value}


_TEXT = {"type": "string"}
_REFERENCE = _object(("$ref",), **{"$ref": _TEXT})
_MESSAGE = _object(
    headers={"type": ["object", "boolean"]},
    contentType=_TEXT,
    name=_TEXT,
    traits={"type": "array", "items": _object()},
    oneOf={"type": "array", "minItems": 1, "items": _object()},
)
_EITHER = {
    "info": _object(("title", "version"), title=_TEXT, version=_TEXT),
    "components": _object(schemas=_named({"type": ["object", "boolean"]})),
    "servers": _named(_object()),
}
_TWO = _object(
    ("info", "channels"),
    **_EITHER,
    channels=_named(
        _object(publish=_object(message=_MESSAGE), subscribe=_object(message=_MESSAGE))
    ),
)
_THREE = _object(
    ("info",),
    **_EITHER,
    channels=_named(_object(address={"type": ["string", "null"]}, messages=_named(_MESSAGE))),
    operations=_named(
        _object(
            action={"enum": ["send", "receive"]},
            channel=_REFERENCE,
            messages={"type": "array", "items": _REFERENCE},
        )
        | {"anyOf": [_REFERENCE, {"required": ["action", "channel"]}]}
    ),
)


def check_asyncapi(artifact: Artifact) -> list[Finding]:
    """Return what is wrong with an AsyncAPI document; empty when all is well."""
    data = artifact.data
    declared = data.get("asyncapi") if isinstance(data, dict) else None
    if not isinstance(declared, str) or not _VERSION.match(declared):
        message = "asyncapi must say 2.0.x to 2.6.x, or 3.0.x"
        return [finding(artifact, "asyncapi-version", "error", "/asyncapi", message)]
    referred = references(data)
    found = refused(artifact, referred, MAX_EXPANSION)
    if found:
        return found
    for pointer, message in _errors(data):
        found.append(finding(artifact, "asyncapi-invalid", "error", pointer, message[:_SHOWN]))
        if len(found) == MAX_FINDINGS:
            return found
    return [*found, *unresolved(artifact, referred)][:MAX_FINDINGS]


def _errors(data: dict[str, Json]) -> Iterator[tuple[str, str]]:
    misshapen = False
    for error in _form(data["asyncapi"][0]).iter_errors(data):
        misshapen = True
        yield pointer_of(error.instance_path), str(error.message)
    for place, schema in () if misshapen else _schemas(data):
        for error in _metaschema().iter_errors(schema):
            yield f"{place}{pointer_of(error.instance_path)}", str(error.message)


def _schemas(data: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    """Yield the schemas of the components, and of every payload and its headers."""
    shared = (data.get("components") or {}).get("schemas") or {}
    for name, schema in shared.items():
        wrapped = isinstance(schema, dict) and "schemaFormat" in schema
        if not wrapped or _is_jsonschema(schema):
            place = f"/components/schemas{pointer_of([name])}"
            yield (f"{place}/schema", schema.get("schema")) if wrapped else (place, schema)
    waiting: list[tuple[str, Json]] = [("", data)]
    while waiting:
        pointer, node = waiting.pop()
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            below = f"{pointer}{pointer_of([key])}"
            if key in {"payload", "headers"} and isinstance(value, dict):
                if key == "headers" or (_is_jsonschema(node) and "schemaFormat" not in value):
                    yield below, value
            elif isinstance(value, dict | list) and key not in {"examples", "schemas"}:
                waiting.append((below, value))


def _is_jsonschema(node: dict[str, Json]) -> bool:
    return str(node.get("schemaFormat") or _SCHEMAS[0]).startswith(_SCHEMAS)


@cache
def _form(major: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(_TWO if major == "2" else _THREE)


@cache
def _metaschema() -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft7Validator({"$ref": _DRAFT}, offline=True)
