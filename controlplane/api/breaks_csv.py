"""A break as it is shown, and all of them for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Self

import msgspec

from controlplane.api.inbox_csv import harmless
from governance.exception.process_exception import ProcessException
from observability.reconciliation.finding import Difference, Kind
from observability.reconciliation.run import KeptBreak
from rules.instant import render_instant
from rules.money import Money

COLUMNS = (
    "kind",
    "side",
    "key",
    "differences",
    "money",
    "case",
    "since",
    "until",
    "lines",
    "exception",
    "exception_state",
)


class BreakItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    One key that is not as it should be in `side`. What is `timing` is on its way `until` then,
    and becomes `of`; it has no exception. `refs` lead to the lines, by side.
    """

    number: int
    id: str
    kind: Kind
    of: Kind | None
    side: str
    key: str
    differences: tuple[Difference, ...]
    money: tuple[Money, ...]
    case: str | None
    instance: str | None
    refs: dict[str, tuple[str, ...]]
    since: datetime | None
    until: datetime | None
    exception: str | None
    exception_state: str | None

    @classmethod
    def of_kept(cls, kept: KeptBreak, exception: ProcessException | None) -> Self:
        one = kept.broken
        return cls(
            number=kept.number,
            id=kept.id,
            kind=one.kind,
            of=one.of,
            side=one.side,
            key=one.name,
            differences=one.differences,
            money=one.money,
            case=one.case,
            instance=exception.instance if exception and one.case else None,
            refs=one.refs,
            since=one.since,
            until=one.until,
            exception=exception.id if exception else None,
            exception_state=exception.state if exception else None,
        )


def render_csv(breaks: Iterable[BreakItem]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in breaks:
        table.writerow([harmless(cell) for cell in _cells(one)])
    return text.getvalue()


def _cells(one: BreakItem) -> Iterator[str]:
    yield from (one.kind, one.side, one.key)
    yield "; ".join(f"{d.field}: {d.book or ''} | {d.other or ''}" for d in one.differences)
    yield "; ".join(f"{m.currency} {m.amount:f}" for m in one.money)
    yield one.case or ""
    yield from ("" if at is None else render_instant(at) for at in (one.since, one.until))
    yield "; ".join(f"{side}: {', '.join(refs)}" for side, refs in one.refs.items())
    yield from (one.exception or "", one.exception_state or "")
