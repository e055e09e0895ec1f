"""
What the published schema cannot say: names that are unique, parameters that a path has,
defaults that their own schema admits.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from governance.contract.artifact import Json, escape
from governance.contract.expansion import looked_up
from governance.contract.openapi.schemas import Placed

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_PARAMETER = re.compile(r"\{([^{}]+)\}")
_ASSERTIONS = frozenset(
    {"type", "enum", "const", "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"}
    | {"maxLength", "minLength", "multipleOf", "maxItems", "minItems", "uniqueItems", "required"}
)
_WHOLE = re.compile(r"^/components/schemas/[^/]*\Z|/schema\Z")
_SHOWN = 300

Told = Iterator[tuple[str, str]]
"""Pointers and messages."""


def meaning_errors(data: dict[str, Json], schemas: list[Placed]) -> Told:
    yield from _operations(data)
    for pointer, schema in schemas:
        if "allOf" in schema and schema.get("required") and _WHOLE.search(pointer):
            yield from _required(data, pointer, schema)
        if "default" in schema:
            yield from _default(data, pointer, schema)


def operations(data: dict[str, Json]) -> Iterator[tuple[str, str, str, Json, Json]]:
    """Yield pointer, path and method of each operation, it and the path item that it stands in."""
    for path, item in (data.get("paths") or {}).items():
        for method, operation in item.items() if isinstance(item, dict) else ():
            if method in METHODS and isinstance(operation, dict):
                yield f"/paths/{escape(path)}/{method}", path, method, operation, item


def _operations(data: dict[str, Json]) -> Told:
    seen: set[str] = set()
    for pointer, path, method, operation, item in operations(data):
        named = operation.get("operationId")
        if named is not None and named in seen:
            message = f"the operationId {named!r} of {method.upper()} {path} stands twice"
            yield f"{pointer}/operationId", message
        if named is not None:
            seen.add(named)
        yield from _parameters(data, pointer, path, operation, item)


def _parameters(
    data: Json, pointer: str, path: str, operation: dict[str, Json], item: dict[str, Json]
) -> Told:
    own = [_followed(data, one) for one in operation.get("parameters") or ()]
    shared = [_followed(data, one) for one in item.get("parameters") or ()]
    times = Counter((one.get("in"), one.get("name")) for one in own)
    for name in (name for name, n in times.items() if n > 1):
        yield f"{pointer}/parameters", f"the parameter {name[1]!r} in {name[0]} stands twice"
    declared = {one.get("name") for one in (*own, *shared) if one.get("in") == "path"}
    written = set(_PARAMETER.findall(path))
    for one in sorted(written - declared):
        yield pointer, f"{path} has {{{one}}}, and no path parameter of that name is described"
    for one in sorted(map(str, declared - written)):
        yield f"{pointer}/parameters", f"the path parameter {one!r} does not stand in {path}"


def _required(data: Json, pointer: str, schema: dict[str, Json]) -> Told:
    """A schema that is put together requires what one of its parts has."""
    known: set[str] = set()
    waiting, seen = [schema], set[int]()
    while waiting:
        part = _followed(data, waiting.pop())
        if id(part) in seen:
            continue
        seen.add(id(part))
        known |= (part.get("properties") or {}).keys()
        for key in ("allOf", "anyOf", "oneOf"):
            waiting.extend(part.get(key) or ())
    missing = [name for name in schema["required"] if name not in known]
    if missing:
        yield f"{pointer}/required", f"required, but none of its parts has it: {missing}"


def _default(data: dict[str, Json], pointer: str, schema: dict[str, Json]) -> Told:
    """Hold a default to what the schema itself asserts; to what it refers to, it is not held."""
    default = schema["default"]
    if default is None and schema.get("nullable") is True:
        return
    older = data["openapi"].startswith("3.0")
    stated: dict[str, Any] = {key: schema[key] for key in schema.keys() & _ASSERTIONS}
    draft = jsonschema_rs.Draft4Validator if older else jsonschema_rs.Draft202012Validator
    error = next(draft(stated).iter_errors(default), None) if stated else None
    if error is not None:
        message = f"the default is not what the schema says: {error.message}"
        yield f"{pointer}/default", message[:_SHOWN]


def _followed(data: Json, value: Json) -> dict[str, Json]:
    """Return *value*, or what it refers to in one or two steps; nothing when that is no object."""
    for _ in range(2):
        reference = value.get("$ref") if isinstance(value, dict) else None
        if isinstance(reference, str):
            value = looked_up(data, reference.removeprefix("#"))
    return value if isinstance(value, dict) else {}
