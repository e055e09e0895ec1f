"""Functions that look further than one value: schemas, enumerations, what nobody refers to."""

from functools import lru_cache
from typing import Any

import jsonschema_rs
import msgspec

from governance.contract.artifact import escape
from governance.lint.function import Check, Faults
from governance.lint.node import MISSING, Document, Node

_MOST_ERRORS = 20
_PATTERN_BYTES = 1_000_000
_SHOWN = 200
_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


class _Schema(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"
):
    schema: dict[str, Any]
    dialect: str = "auto"
    all_errors: bool = False


class _Reusable(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"
):
    reusable_objects_location: str


def build_schema(given: Any) -> Check:
    options = msgspec.convert(given, _Schema)
    compiled = _compiled(msgspec.json.encode(options.schema))
    most = _MOST_ERRORS if options.all_errors else 1

    def check(node: Node, _: Document) -> Faults:
        if node.value is MISSING or compiled.is_valid(node.value):
            return
        for times, error in enumerate(compiled.iter_errors(node.value)):
            if times == most:
                return
            yield error.message[:_SHOWN], tuple(error.instance_path)

    return check


@lru_cache(maxsize=256)
def _compiled(schema: bytes) -> jsonschema_rs.Draft202012Validator:
    limits = jsonschema_rs.RegexOptions(size_limit=_PATTERN_BYTES, dfa_size_limit=_PATTERN_BYTES)
    try:
        return jsonschema_rs.Draft202012Validator(
            msgspec.json.decode(schema), offline=True, pattern_options=limits
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise msgspec.ValidationError(f"`schema` is no JSON Schema: {error}"[:_SHOWN]) from error


def build_typed_enum(_: Any) -> Check:
    """Every value of an enumeration is of the type that stands beside it."""

    def check(node: Node, _: Document) -> Faults:
        schema = node.value if isinstance(node.value, dict) else {}
        said, values = schema.get("type"), schema.get("enum")
        names = [said] if isinstance(said, str) else said
        if not isinstance(names, list) or not isinstance(values, list):
            return
        nullable = schema.get("nullable") is True
        for position, value in enumerate(values):
            if not (nullable and value is None) and not any(_is(value, name) for name in names):
                yield f"{value!r} is no {' or '.join(map(str, names))}", ("enum", position)

    return check


def build_unreferenced(given: Any) -> Check:
    """Every member of a place for what is shared is referred to from somewhere."""
    place = msgspec.convert(given, _Reusable).reusable_objects_location

    def check(node: Node, document: Document) -> Faults:
        targets = {
            one.value for one in document.by_key.get("$ref", ()) if isinstance(one.value, str)
        }
        used = {
            target.removeprefix(f"{place}/").partition("/")[0]
            for target in targets
            if target.startswith(f"{place}/")
        }
        for name in node.value if isinstance(node.value, dict) else ():
            if escape(name) not in used:
                yield f"nothing refers to {name!r}", (name,)

    return check


def _is(value: Any, name: Any) -> bool:
    if isinstance(value, bool):
        return bool(name == "boolean")
    if isinstance(value, float) and value.is_integer() and name == "integer":
        return True
    return isinstance(value, _KINDS.get(str(name), (object,)))
