"""Numbers and labels that no compiler takes, though each name has its meaning."""

from collections.abc import Iterable, Iterator

from governance.contract.protobuf.ranges import Numbers
from governance.contract.protobuf.schema import EnumInfo, Fault, FieldInfo, MessageInfo, Schema
from governance.contract.protobuf.syntax import MAX_FIELD, Field, File

_KEYS = frozenset(
    {"int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64"}
    | {"sfixed32", "sfixed64", "bool", "string"}
)
_IMPLEMENTATION = range(19_000, 20_000)
_OPTIONS = "google.protobuf."


def validity_faults(schema: Schema) -> Iterator[Fault]:
    for message in schema.messages.values():
        if not message.of_map:
            yield from _message(message)
    for enum in schema.enums.values():
        yield from _enum(enum)
    for extension in schema.extensions.values():
        yield from _extension(extension, schema)


def _message(message: MessageInfo) -> Iterator[Fault]:
    node, full = message.node, message.full_name
    reserved, extensions = Numbers(node.reserved), Numbers(node.extensions)
    names, taken = frozenset(node.reserved_names), set[int]()
    for field in node.fields:
        for wrong in (
            _number(field.number),
            f"{field.number} is the number of another field already" * (field.number in taken),
            f"the number {field.number} is reserved" * (field.number in reserved),
            f"the number {field.number} is left to extensions" * (field.number in extensions),
            f"the name {field.name} is reserved" * (field.name in names),
            _written(field, message.file),
        ):
            if wrong:
                yield _fault(message.file, field.line, f"{full}.{field.name}", wrong)
        taken.add(field.number)


def _number(number: int) -> str:
    if not 1 <= number <= MAX_FIELD:
        return f"{number} is no number of a field: 1 to {MAX_FIELD} are"
    if number in _IMPLEMENTATION:
        return f"{number} is kept for implementations, as all from 19000 to 19999 are"
    return ""


def _written(field: Field, file: File) -> str:
    """Return what the syntax of *file* has against *field*."""
    if field.key:
        return "" if field.key in _KEYS else f"{field.key} cannot be the key of a map"
    if file.edition == "proto2":
        bare = not (field.label or field.oneof)
        return "a field of proto2 is optional, required or repeated" if bare else ""
    if field.group:
        return f"there are no groups in {file.edition}"
    banned = {"required"} if file.edition == "proto3" else {"required", "optional"}
    if field.label in banned:
        return f"there is no {field.label!r} in {file.edition}"
    if file.edition == "proto3" and field.option("default"):
        return "there are no defaults in proto3"
    return ""


def _enum(enum: EnumInfo) -> Iterator[Fault]:
    node, full = enum.node, enum.full_name
    if not node.values:
        yield _fault(enum.file, node.line, full, "an enum has one value at least")
        return
    first = node.values[0]
    if first.number and enum.features["enum_type"] == "OPEN":
        yield _fault(enum.file, first.line, full, "the first value of an open enum is 0")
    reserved, names = Numbers(node.reserved), frozenset(node.reserved_names)
    alias, taken = node.says("allow_alias") == "true", set[int]()
    for value in node.values:
        again = value.number in taken and not alias
        for wrong in (
            f"{value.number} is the number of another value; allow_alias permits it" * again,
            f"the number {value.number} is reserved" * (value.number in reserved),
            f"the name {value.name} is reserved" * (value.name in names),
        ):
            if wrong:
                yield _fault(enum.file, value.line, f"{full}.{value.name}", wrong)
        taken.add(value.number)


def _extension(extension: FieldInfo, schema: Schema) -> Iterator[Fault]:
    node, holder = extension.node, schema.messages.get(extension.holder)
    found: Iterable[str] = (
        _written(node, extension.file),
        "an extension is never required" * (extension.cardinality == "required"),
    )
    if holder and node.number not in Numbers(holder.node.extensions):
        found = (*found, f"{holder.full_name} leaves no number {node.number} to extensions")
    if extension.file.edition == "proto3" and not extension.holder.startswith(_OPTIONS):
        found = (*found, "proto3 extends nothing but options")
    for wrong in filter(None, found):
        yield _fault(extension.file, node.line, extension.full_name, wrong)


def _fault(file: File, line: int, about: str, wrong: str) -> Fault:
    message = f"{about}: {wrong}"
    return Fault(rule="protobuf-invalid", path=file.name, line=line, about=about, message=message)
