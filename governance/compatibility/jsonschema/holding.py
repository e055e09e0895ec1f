"""Whether one value passes a schema, as far as that is quickly said."""

from governance.compatibility.jsonschema.bound import largest, smallest
from governance.compatibility.jsonschema.enumeration import key_of, listed
from governance.compatibility.jsonschema.kind import kind_of, kinds
from governance.compatibility.jsonschema.number import high, low
from governance.compatibility.jsonschema.pattern import matches
from governance.compatibility.jsonschema.view import Node, View
from governance.contract.artifact import Json

_SAID_ELSEWHERE = ("not", "if", "format", "contentEncoding", "contentMediaType", "multipleOf")
_OF_OBJECTS = (
    "properties",
    "patternProperties",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "required",
    "minProperties",
    "maxProperties",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
)
_OF_ARRAYS = (
    "items",
    "prefixItems",
    "additionalItems",
    "unevaluatedItems",
    "contains",
    "minItems",
    "maxItems",
    "uniqueItems",
)


def holds(value: Json, seen: View, node: Node) -> bool | None:
    """Return whether *value* passes what *seen* says of *node*; None when that is not known."""
    kind = kind_of(value)
    if kind not in kinds(seen, node):
        return False
    values = listed(seen)
    if values is not None and key_of(value) not in values:
        return False
    if kind == "string" and not _text_holds(value, seen):
        return False
    if kind in {"integer", "fraction"} and not _in_range(value, seen):
        return False
    elsewhere = (*_SAID_ELSEWHERE, *{"object": _OF_OBJECTS, "array": _OF_ARRAYS}.get(kind, ()))
    open_question = seen.unions or seen.unresolved or any(seen.said(one) for one in elsewhere)
    return None if open_question else True


def _text_holds(value: str, seen: View) -> bool:
    least, most = largest(seen, "minLength"), smallest(seen, "maxLength")
    if least is not None and len(value) < least.value:
        return False
    if most is not None and len(value) > most.value:
        return False
    return all(matches(str(said.value), value) for said in seen.said("pattern"))


def _in_range(value: float, seen: View) -> bool:
    least, most = low(seen), high(seen)
    if least is not None and (value < least.value or (least.open and value == least.value)):
        return False
    return most is None or not (value > most.value or (most.open and value == most.value))
