"""One enum before and after: its values by number and by name."""

from collections.abc import Iterator

from governance.compatibility.protobuf.change import Change
from governance.compatibility.protobuf.ranges import reserves
from governance.contract.protobuf.features import line_of
from governance.contract.protobuf.ranges import Numbers
from governance.contract.protobuf.schema import EnumInfo


def compare_enums(old: EnumInfo, new: EnumInfo) -> Iterator[Change]:
    before, after = old.numbers, new.numbers
    numbers, reserved = Numbers(new.node.reserved), frozenset(new.node.reserved_names)
    lines = {value.name: value.line for value in new.node.values}
    for number, names in before.items():
        if number not in after:
            unless = "" if number in numbers else "NUMBER", "" if {*names} <= reserved else "NAME"
            yield from _gone(new, number, names, unless)
        elif not {*names} <= {*after[number]}:
            yield from _renamed(new, number, names, after[number], lines)
    yield from reserves(old, new)
    yield from _feature("enum_type", "ENUM_SAME_TYPE", old, new)
    if old.features["json_format"] == "ALLOW":
        yield from _feature("json_format", "ENUM_SAME_JSON_FORMAT", old, new)


def _gone(
    new: EnumInfo, number: int, names: tuple[str, ...], unless: tuple[str, ...]
) -> Iterator[Change]:
    said = f"the value {', '.join(names)} ({number}) of {new.full_name} is gone"
    about = f"{new.full_name}.{number}"
    yield _at(new, "ENUM_VALUE_NO_DELETE", about, said)
    for what in filter(None, unless):
        rule = f"ENUM_VALUE_NO_DELETE_UNLESS_{what}_RESERVED"
        yield _at(new, rule, about, f"{said} and its {what.lower()} is not reserved")


def _renamed(
    new: EnumInfo,
    number: int,
    before: tuple[str, ...],
    after: tuple[str, ...],
    lines: dict[str, int],
) -> Iterator[Change]:
    said = f"the value {number} of {new.full_name} went from {', '.join(before)}"
    said = f"{said} to {', '.join(after)}"
    for name in after:
        yield _at(new, "ENUM_VALUE_SAME_NAME", f"{new.full_name}.{name}", said, line=lines[name])


def _feature(name: str, rule: str, old: EnumInfo, new: EnumInfo) -> Iterator[Change]:
    before, after = old.features[name], new.features[name]
    if before != after:
        said = f"{new.full_name}: {name} went from {before} to {after}"
        yield _at(new, rule, new.full_name, said, line=line_of(name, new.node.options))


def _at(new: EnumInfo, rule: str, about: str, said: str, *, line: int = 0) -> Change:
    return Change(
        rule=rule,
        about=about,
        said=said,
        path=new.file.name,
        line=line or new.node.line,
        package=new.file.package,
    )
