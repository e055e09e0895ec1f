"""One message before and after: the fields, oneofs and ranges it lost, and what it promises."""

from collections.abc import Iterator

from governance.compatibility.protobuf.change import Change
from governance.compatibility.protobuf.ranges import narrowed, reserves
from governance.contract.protobuf.features import line_of
from governance.contract.protobuf.ranges import Numbers
from governance.contract.protobuf.schema import FieldInfo, MessageInfo


def compare_messages(old: MessageInfo, new: MessageInfo) -> Iterator[Change]:
    numbers, names = Numbers(new.node.reserved), frozenset(new.node.reserved_names)
    for number, field in old.fields.items():
        if number not in new.fields:
            yield from _gone(field, new, numbers, names)
    yield from _oneofs(old, new)
    yield from _required(old, new)
    yield from reserves(old, new)
    ranges = old.node.extensions, new.node.extensions
    yield from narrowed("EXTENSION_MESSAGE_NO_DELETE", "extension", new, *ranges)
    yield from _accessor(old, new)
    yield from _json_format(old, new)


def _gone(
    field: FieldInfo, new: MessageInfo, numbers: Numbers, names: frozenset[str]
) -> Iterator[Change]:
    said = f"the {field.title} is gone"
    number, name = field.node.number, field.node.name
    yield _at(new, "FIELD_NO_DELETE", field.full_name, said)
    if number not in numbers:
        rule = "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED"
        yield _at(new, rule, field.full_name, f"{said} and its number {number} is not reserved")
    if name not in names:
        rule = "FIELD_NO_DELETE_UNLESS_NAME_RESERVED"
        yield _at(new, rule, field.full_name, f"{said} and its name {name} is not reserved")


def _oneofs(old: MessageInfo, new: MessageInfo) -> Iterator[Change]:
    left = {one.name for one in new.node.oneofs}
    for one in old.node.oneofs:
        if one.name not in left:
            about = f"{new.full_name}.{one.name}"
            yield _at(new, "ONEOF_NO_DELETE", about, f"the oneof {about} is gone")


def _required(old: MessageInfo, new: MessageInfo) -> Iterator[Change]:
    """Who has the other version refuses a message without it."""
    rule = "MESSAGE_SAME_REQUIRED_FIELDS"
    before, after = _required_fields(old), _required_fields(new)
    for number in before.keys() - after.keys():
        field = before[number]
        said = f"the {field.title} was required and is not: older readers refuse what lacks it"
        yield _at(new, rule, field.full_name, said)
    for number in after.keys() - before.keys():
        field = after[number]
        said = f"the {field.title} is required now: what was written before lacks it"
        yield _at(new, rule, field.full_name, said, line=field.node.line)


def _required_fields(message: MessageInfo) -> dict[int, FieldInfo]:
    return {n: field for n, field in message.fields.items() if field.cardinality == "required"}


def _accessor(old: MessageInfo, new: MessageInfo) -> Iterator[Change]:
    name = "no_standard_descriptor_accessor"
    option = new.node.option(name)
    if option and option.value == "true" and old.node.says(name) != "true":
        rule = "MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR"
        said = f"{new.full_name}: the accessor descriptor() is not generated any more"
        yield _at(new, rule, new.full_name, said, line=option.line)


def _json_format(old: MessageInfo, new: MessageInfo) -> Iterator[Change]:
    before, after = old.features["json_format"], new.features["json_format"]
    if before == "ALLOW" != after:
        said = f"{new.full_name}: JSON was supported and is now a best effort only"
        line = line_of("json_format", new.node.options)
        yield _at(new, "MESSAGE_SAME_JSON_FORMAT", new.full_name, said, line=line)


def _at(new: MessageInfo, rule: str, about: str, said: str, *, line: int = 0) -> Change:
    return Change(
        rule=rule,
        about=about,
        said=said,
        path=new.file.name,
        line=line or new.node.line,
        package=new.file.package,
    )
