"""Numbers set aside, for extensions or for ever."""

from collections.abc import Iterable, Iterator

from governance.compatibility.protobuf.change import Change
from governance.contract.protobuf.ranges import joined
from governance.contract.protobuf.schema import EnumInfo, MessageInfo
from governance.contract.protobuf.syntax import Range

Kept = EnumInfo | MessageInfo


def reserves(old: Kept, new: Kept) -> Iterator[Change]:
    """What was reserved and is not reserved now, numbers and names."""
    rule = f"RESERVED_{'ENUM' if isinstance(new, EnumInfo) else 'MESSAGE'}_NO_DELETE"
    yield from narrowed(rule, "reserved", new, old.node.reserved, new.node.reserved)
    for name in sorted({*old.node.reserved_names} - {*new.node.reserved_names}):
        said = f"{new.full_name}: the name {name} is not reserved any more"
        yield _told(rule, new, f"{new.full_name}.{name}", said, before=name)


def narrowed(
    rule: str, what: str, new: Kept, before: Iterable[Range], after: Iterable[Range]
) -> Iterator[Change]:
    """Each range of *before* that *after* does not hold whole."""
    held = joined(after)
    for one in before:
        missing = [str(gap) for gap in _gaps(one, held)]
        if missing:
            said = f"{new.full_name}: of the {what} numbers {one}, {', '.join(missing)} are gone"
            yield _told(rule, new, f"{new.full_name}[{one}]", said, before=str(one))


def _told(rule: str, new: Kept, about: str, said: str, before: str) -> Change:
    return Change(
        rule=rule,
        about=about,
        said=said,
        path=new.file.name,
        line=new.node.line,
        package=new.file.package,
        before=before,
    )


def _gaps(wanted: Range, held: list[Range]) -> Iterator[Range]:
    first = wanted.first
    for one in held:
        if one.last < first:
            continue
        if one.first > wanted.last:
            break
        if one.first > first:
            yield Range(first=first, last=one.first - 1, line=wanted.line)
        first = one.last + 1
    if first <= wanted.last:
        yield Range(first=first, last=wanted.last, line=wanted.line)
