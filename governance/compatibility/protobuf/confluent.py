"""
The same change in the words of a Kafka schema registry: 26 kinds of difference, 11 that break.

What breaks is what a reader of the newer files cannot read of older data, or what clients of
the registry cannot find any more. Messages are met by their names within a package.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from governance.compatibility.protobuf.change import Change
from governance.compatibility.protobuf.kinds import WIRE, together
from governance.contract.artifact import Json
from governance.contract.finding import Finding
from governance.contract.protobuf.checking import fault_findings
from governance.contract.protobuf.document import read_document
from governance.contract.protobuf.schema import EnumInfo, FieldInfo, MessageInfo, Schema

BREAKING = frozenset(
    {"PACKAGE_CHANGED", "MESSAGE_REMOVED", "FIELD_KIND_CHANGED", "FIELD_SCALAR_KIND_CHANGED"}
    | {"FIELD_NAMED_TYPE_CHANGED", "FIELD_NUMERIC_LABEL_CHANGED", "REQUIRED_FIELD_ADDED"}
    | {"REQUIRED_FIELD_REMOVED", "ONEOF_FIELD_REMOVED", "MULTIPLE_FIELDS_MOVED_TO_ONEOF"}
    | {"FIELD_MOVED_TO_EXISTING_ONEOF"}
)
_NAMED = frozenset({"message", "group", "enum", "unknown"})
_TEXTS = frozenset({"string", "bytes"})


def registry_differences(old: Json, new: Json) -> list[Finding]:
    """Return what changed from *old* to *new*, each under the name of its kind of difference."""
    before, after = read_document(old), read_document(new)
    unread = [*after.unread, *after.schema.faults, *before.unread]
    if unread:
        return fault_findings(unread)
    found = _changes(before.schema, after.schema)
    return [one.finding("breaking" if one.rule in BREAKING else "info") for one in found]


def _changes(old: Schema, new: Schema) -> Iterator[Change]:
    for path, file in old.files.items():
        if path in new.files and file.package != new.files[path].package:
            yield Change(rule="PACKAGE_CHANGED", about=file.package, said=_WENT, path=path)
    before, after = _messages(old), _messages(new)
    moved = Counter(name.rpartition(".")[2] for name in after.keys() - before.keys())
    for name in sorted(before.keys() - after.keys()):
        gone = "MESSAGE_MOVED" if moved[name.rpartition(".")[2]] else "MESSAGE_REMOVED"
        yield _told(gone, before[name])
    for name in sorted(after.keys() - before.keys()):
        yield _told("MESSAGE_ADDED", after[name])
    for name in sorted(before.keys() & after.keys()):
        yield from _fields(before[name], after[name])
    yield from _enums(old, new)


_WENT = "the package went by another name"


def _messages(schema: Schema) -> dict[str, MessageInfo]:
    return {one.nested_name: one for one in schema.messages.values() if not one.of_map}


def _enums(old: Schema, new: Schema) -> Iterator[Change]:
    before = {one.nested_name: one for one in old.enums.values()}
    after = {one.nested_name: one for one in new.enums.values()}
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield _told("ENUM_REMOVED", before[name])
        elif name not in before:
            yield _told("ENUM_ADDED", after[name])
        else:
            enum, was, now = after[name], before[name].numbers, after[name].numbers
            yield from (
                _told("ENUM_CONST_REMOVED", enum, n) for n in sorted(was.keys() - now.keys())
            )
            yield from (_told("ENUM_CONST_ADDED", enum, n) for n in sorted(now.keys() - was.keys()))
            both = sorted(was.keys() & now.keys())
            yield from (_told("ENUM_CONST_CHANGED", enum, n) for n in both if was[n] != now[n])


def _fields(old: MessageInfo, new: MessageInfo) -> Iterator[Change]:
    oneofs = _oneofs(old), _oneofs(new)
    yield from (_told("ONEOF_REMOVED", new, name) for name in sorted(oneofs[0] - oneofs[1]))
    yield from (_told("ONEOF_ADDED", new, name) for name in sorted(oneofs[1] - oneofs[0]))
    for number in sorted(old.fields.keys() - new.fields.keys()):
        yield _told(_lost(old.fields[number], oneofs[1], "REMOVED"), new, number)
    for number in sorted(new.fields.keys() - old.fields.keys()):
        yield _told(_lost(new.fields[number], oneofs[0], "ADDED"), new, number)
    pairs = {n: (old.fields[n], new.fields[n]) for n in sorted(old.fields.keys() & new.fields)}
    for number, (was, now) in pairs.items():
        yield from (_told(rule, new, number) for rule in _field(was, now))
    yield from (_told(rule, new, about) for rule, about in _moves(pairs, oneofs[0]))


def _oneofs(message: MessageInfo) -> set[str]:
    return {one.name for one in message.node.oneofs}


def _lost(field: FieldInfo, oneofs: set[str], what: str) -> str:
    if field.cardinality == "required":
        return f"REQUIRED_FIELD_{what}"
    return f"ONEOF_FIELD_{what}" if field.node.oneof in oneofs else f"FIELD_{what}"


def _field(old: FieldInfo, new: FieldInfo) -> Iterator[str]:
    if old.node.name != new.node.name:
        yield "FIELD_NAME_CHANGED"
    kinds = _kind(old), _kind(new)
    if kinds[0] != kinds[1]:
        yield "FIELD_KIND_CHANGED"
    elif kinds[0] in _NAMED and _short(old) != _short(new):
        yield "FIELD_NAMED_TYPE_CHANGED"
    elif kinds[0] == "scalar" and not _alike(old.kind, new.kind):
        yield "FIELD_SCALAR_KIND_CHANGED"
    required = old.cardinality == "required", new.cardinality == "required"
    if required[0] != required[1]:
        yield "REQUIRED_FIELD_ADDED" if required[1] else "REQUIRED_FIELD_REMOVED"
    if ("repeated" in {old.cardinality, new.cardinality}) and old.cardinality != new.cardinality:
        numeric = new.kind not in _TEXTS and new.kind not in {"message", "group"}
        yield f"FIELD_{'NUMERIC' if numeric else 'STRING_OR_BYTES'}_LABEL_CHANGED"


def _kind(field: FieldInfo) -> str:
    if field.cardinality == "map":
        return "map"
    return field.kind if field.kind in _NAMED else "scalar"


def _short(field: FieldInfo) -> str:
    return field.type_name.rpartition(".")[2]


def _alike(before: str, after: str) -> bool:
    return {before, after} <= _TEXTS or together(WIRE, before, after)


def _moves(
    pairs: Mapping[int, tuple[FieldInfo, FieldInfo]], known: set[str]
) -> Iterator[tuple[str, str | int]]:
    into: Counter[str] = Counter()
    for number, (old, new) in pairs.items():
        before, after = old.node.oneof, new.node.oneof
        if before and not after:
            yield "ONEOF_FIELD_MOVED_TO_TOP_LEVEL", number
        elif after != before and after in known:
            yield "FIELD_MOVED_TO_EXISTING_ONEOF", number
        elif after and not before:
            into[after] += 1
    yield from (("MULTIPLE_FIELDS_MOVED_TO_ONEOF", one) for one, n in into.items() if n > 1)


def _told(rule: str, where: MessageInfo | EnumInfo, about: str | int = "") -> Change:
    full = f"{where.full_name}.{about}" if about != "" else where.full_name
    said = f"{full}: {rule.replace('_', ' ').lower()}"
    return Change(rule=rule, about=full, said=said, path=where.file.name, line=where.node.line)
