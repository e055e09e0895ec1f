"""Numbers set aside, for extensions or for ever."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from governance.compatibility.protobuf.change import Change
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
    held = _joined(after)
    for one in before:
        missing = [str(gap) for gap in _gaps(one, held)]
        if missing:
            said = f"{new.full_name}: of the {what} numbers {one}, {', '.join(missing)} are gone"
            yield _told(rule, new, f"{new.full_name}[{one}]", said, before=str(one))


class Reserved:
    """The numbers of *ranges*, to be asked one by one."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._ranges = _joined(ranges)
        self._firsts = [one.first for one in self._ranges]

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._firsts, number) - 1
        return at >= 0 and number <= self._ranges[at].last


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


def _joined(ranges: Iterable[Range]) -> list[Range]:
    """Return *ranges* in order, those that touch made one."""
    joined: list[Range] = []
    for one in sorted(ranges, key=lambda found: (found.first, found.last)):
        if joined and one.first <= joined[-1].last + 1:
            last = max(joined[-1].last, one.last)
            joined[-1] = Range(first=joined[-1].first, last=last, line=joined[-1].line)
        else:
            joined.append(one)
    return joined


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
