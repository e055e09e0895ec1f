"""Every Schema Object of a document, wherever one may stand, and nothing that looks like one."""

from collections.abc import Iterator

from governance.contract.artifact import Json, escape

ONE = frozenset(
    {"additionalProperties", "not", "items", "if", "then", "else", "contains", "propertyNames"}
    | {"unevaluatedItems", "unevaluatedProperties", "contentSchema", "additionalItems"}
)
LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
_DATA = frozenset({"example", "examples", "default", "enum", "const"})

Placed = tuple[str, dict[str, Json]]


def schemas(data: Json) -> Iterator[Placed]:
    """Yield each Schema Object and its pointer; what examples hold is data, not schemas."""
    waiting: list[tuple[str, Json, bool]] = [("", data, False)]
    while waiting:
        pointer, node, is_schema = waiting.pop()
        if isinstance(node, list):
            waiting.extend((f"{pointer}/{n}", one, is_schema) for n, one in enumerate(node))
        elif isinstance(node, dict):
            if is_schema:
                yield pointer, node
                waiting.extend(_in_a_schema(pointer, node))
            else:
                waiting.extend(_elsewhere(pointer, node))


def _in_a_schema(pointer: str, node: dict[str, Json]) -> Iterator[tuple[str, Json, bool]]:
    for key, value in node.items():
        if key in ONE or key in LISTS:
            yield f"{pointer}/{key}", value, True
        elif key in NAMED and isinstance(value, dict):
            for name, one in value.items():
                yield f"{pointer}/{key}/{escape(name)}", one, True


def _elsewhere(pointer: str, node: dict[str, Json]) -> Iterator[tuple[str, Json, bool]]:
    for key, value in node.items():
        if not isinstance(value, dict | list) or key in _DATA or key.startswith("x-"):
            continue
        below = f"{pointer}/{escape(key)}"
        if below == "/components/schemas" and isinstance(value, dict):
            yield from ((f"{below}/{escape(name)}", one, True) for name, one in value.items())
        else:
            yield below, value, key == "schema" and not pointer.endswith(_NAMES)


_NAMES = ("/paths", "/webhooks", "/callbacks", "/responses", "/content", "/headers", "/examples")
