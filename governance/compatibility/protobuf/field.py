"""One field or extension before and after, found again by its number."""

from collections.abc import Iterator

from governance.compatibility.protobuf.change import Change
from governance.compatibility.protobuf.change import field_changed as changed
from governance.compatibility.protobuf.defaults import default_of, same_default
from governance.compatibility.protobuf.generated import compare_generated
from governance.compatibility.protobuf.kinds import JSON, WIRE, same_enum, together
from governance.contract.protobuf.schema import WORDS, FieldInfo, Schema

_NAMED = frozenset({"enum", "group", "message", "unknown"})
_ON_THE_WIRE = {"explicit": "optional", "implicit": "optional", "map": "repeated"}
_IN_JSON = {"explicit": "optional", "implicit": "optional"}


def compare_fields(
    old: FieldInfo, new: FieldInfo, schemas: tuple[Schema, Schema]
) -> Iterator[Change]:
    yield from _names(old, new)
    yield from _types(old, new, schemas)
    yield from _cardinality(old, new)
    yield from _oneof(old, new)
    yield from _default(old, new, schemas)
    yield from compare_generated(old, new)


def _names(old: FieldInfo, new: FieldInfo) -> Iterator[Change]:
    if old.extension:
        before, after = old.full_name, new.full_name
    else:
        before, after = old.node.name, new.node.name
    if before != after:
        said = f"{new.node.number} of {new.holder} went by {before} and now goes by {after}"
        yield changed("FIELD_SAME_NAME", new, said, before, after)
    if not old.extension and old.json_name != new.json_name:
        said = f"the {new.title}: its name in JSON went from {old.json_name} to {new.json_name}"
        option = new.node.option("json_name")
        names = old.json_name, new.json_name
        yield changed("FIELD_SAME_JSON_NAME", new, said, *names, line=option.line if option else 0)


def _types(old: FieldInfo, new: FieldInfo, schemas: tuple[Schema, Schema]) -> Iterator[Change]:
    before, after = _type(old), _type(new)
    if before == after:
        return
    said = f"the {new.title}: its type went from {before} to {after}"
    yield changed("FIELD_SAME_TYPE", new, said, before, after)
    if not _passes(old, new, JSON, schemas):
        told = f"{said}, which is another one in JSON or binary"
        yield changed("FIELD_WIRE_JSON_COMPATIBLE_TYPE", new, told, before, after)
    to_bytes = (old.kind, new.kind) == ("string", "bytes")
    if not to_bytes and not _passes(old, new, WIRE, schemas):
        told = f"{said}, which is another one in binary"
        yield changed("FIELD_WIRE_COMPATIBLE_TYPE", new, told, before, after)


def _type(field: FieldInfo) -> str:
    name = field.type_name or field.kind
    return f"{name} (delimited)" if field.kind == "group" else name


def _passes(
    old: FieldInfo, new: FieldInfo, groups: dict[str, int], schemas: tuple[Schema, Schema]
) -> bool:
    if not together(groups, old.kind, new.kind):
        return False
    if new.kind == "enum":
        return same_enum(old, new, schemas)
    return new.kind not in _NAMED or old.type_name == new.type_name


def _cardinality(old: FieldInfo, new: FieldInfo) -> Iterator[Change]:
    before, after = old.cardinality, new.cardinality
    if before == after or (old.of_map and new.of_map):
        return
    words = WORDS.get(before, before), WORDS.get(after, after)
    said = f"the {new.title} went from {words[0]} to {words[1]}"
    yield changed("FIELD_SAME_CARDINALITY", new, said, *words)
    for rule, groups in (
        ("FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY", _IN_JSON),
        ("FIELD_WIRE_COMPATIBLE_CARDINALITY", _ON_THE_WIRE),
    ):
        if groups.get(before, before) != groups.get(after, after):
            yield changed(rule, new, said, *words)


def _oneof(old: FieldInfo, new: FieldInfo) -> Iterator[Change]:
    before, after = old.node.oneof, new.node.oneof
    if before != after:
        said = f"the {new.title} went from {_of(before)} to {_of(after)}"
        yield changed("FIELD_SAME_ONEOF", new, said, before, after)


def _of(oneof: str) -> str:
    return f"the oneof {oneof}" if oneof else "no oneof"


def _default(old: FieldInfo, new: FieldInfo, schemas: tuple[Schema, Schema]) -> Iterator[Change]:
    single = "float" in {old.kind, new.kind} <= {"float", "double"}
    before = default_of(old, schemas[0], single=single)
    after = default_of(new, schemas[1], single=single)
    if before is None or after is None or same_default(before, after):
        return
    said = f"the {new.title}: its default went from {_shown(old)} to {_shown(new)}"
    option = new.node.option("default")
    shown = _shown(old), _shown(new)
    yield changed("FIELD_SAME_DEFAULT", new, said, *shown, line=option.line if option else 0)


def _shown(field: FieldInfo) -> str:
    said = field.node.says("default")
    return "none" if said is None else str(said)
