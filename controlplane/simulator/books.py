"""
What other systems of the firm keep: lists of the same things as the events tell of, with breaks.

A list is made of what was reported by the time of its export, so that it agrees with the events
whatever went wrong in the firm; then one line of it is left out, one is another, and one stands
twice. What was told since its export is on its way, and so is what is left out of late.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from controlplane.simulator.book import BOOKS, COUNTS, WRITTEN_OFF, Book, Row
from controlplane.simulator.report import LEGACY_SPAN, Report
from controlplane.simulator.truth import BREAK, Finding, Injected
from controlplane.simulator.working import Working
from rules.instant import render_instant

PLANTED = "planted-break"
Key = tuple[str, ...]
_GRACE_DAYS = 2
"""The longest of what may be on its way."""
_LEAST = 8
_EXPORTED = 15
"""The hour at which lists are exported."""
_HOUR = timedelta(hours=1)
_POSTED = timedelta(hours=4)
"""Within which what is approved is in the ERP."""
_KINDS = ("missing", "value", "duplicate")
_LEGACY = {
    "invoice_id": "invoice.id",
    "engagement_id": "engagement.id",
    "timesheet_ids": "invoice.timesheets",
    "status": "invoice.status",
    "posted_on": "posting.date",
}


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a book as of `watermark`, and the truth of the breaks in them."""

    book: Book
    rows: tuple[Row, ...]
    injected: tuple[Injected, ...]
    watermark: datetime


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """
    The rows of a book by their keys, since when each is as it is, and since when what it is
    held to was `moved`.
    """

    rows: dict[Key, Row]
    since: dict[Key, datetime]
    moved: dict[Key, datetime]

    def settled(self, key: Key) -> datetime:
        """Return since when nothing was said of *key*, by anybody."""
        return max(self.since[key], self.moved.get(key, self.since[key]))


def keep(reports: Iterable[Report], *, seed: int, until: datetime, working: Working) -> list[Kept]:
    """Return what the other systems have of *reports* by *until*, with a seed's breaks in it."""
    told = [_canonical(one) for one in sorted(reports, key=lambda one: one.at) if one.at <= until]
    exported = export_time(until, working)
    kept = [_kept(book, told, seed, (exported, until), working) for book in BOOKS]
    return [
        *kept,
        _written_off(told, seed, (exported, until), working),
        _counted(told, seed, until),
    ]


def export_time(until: datetime, working: Working) -> datetime:
    """Return when the last list before *until* was exported: on a working afternoon."""
    day = working.last_day(working.day_of(until - _HOUR))
    while working.at(day, _EXPORTED) > until - _HOUR:
        day = working.last_day(day - timedelta(days=1))
    return working.at(day, _EXPORTED)


def _kept(
    book: Book,
    reports: list[Report],
    seed: int,
    times: tuple[datetime, datetime],
    working: Working,
) -> Kept:
    exported, until = times
    known = _rows(book, [one for one in reports if one.at <= exported])
    settled = [
        key
        for key, row in known.rows.items()
        if working.close_of(known.settled(key), _GRACE_DAYS) < exported
        and _is_something(row)
        and row.keys() >= {*book.fields}
    ]
    rng = Random(f"books:{seed}:{book.reconciliation}:{book.side}")  # noqa: S311 - a story
    rng.shuffle(settled)
    planted = dict(zip(_KINDS, settled, strict=False)) if len(settled) >= _LEAST else {}
    late = [
        key
        for key, row in known.rows.items()
        if _is_something(row) and _may_lack(book, known.settled(key), exported, working)
    ]
    planted |= dict(zip(("timing",), late, strict=False))
    kinds = {key: kind for kind, key in planted.items()}
    rows = [
        line for key, row in known.rows.items() for line in _lines(book, row, kinds.get(key, ""))
    ]
    later = _on_their_way(book, known, _rows(book, reports), kinds, (exported, working))
    found = [*planted.items(), *later]
    return Kept(
        book=book,
        rows=tuple(rows),
        injected=tuple(_truth(book, kind, key, until) for kind, key in found),
        watermark=exported,
    )


def _may_lack(book: Book, since: datetime, exported: datetime, working: Working) -> bool:
    until = since + timedelta(hours=book.hours) if book.hours else working.close_of(since, 1)
    return until > exported


def _on_their_way(
    book: Book,
    known: _Known,
    now: _Known,
    planted: Mapping[Key, str],
    times: tuple[datetime, Working],
) -> Iterator[tuple[str, Key]]:
    """
    Yield what was told since the list was exported, as far as the list can show it.

    Where the others had moved long before, the list was another one already.
    """
    exported, working = times
    for key, row in now.rows.items():
        before = known.rows.get(key)
        if key in planted or before == row or (before is None and not _is_something(row)):
            continue
        since = now.moved.get(key, now.since[key])
        if before is not None and book.moved_by and key not in now.moved:
            continue  # what it is held to is as it was
        if before is not None and working.close_of(since, _GRACE_DAYS) <= exported:
            yield "value", key
        else:
            yield ("timing" if before is None else "timing-value"), key


def _canonical(report: Report) -> Report:
    """Return *report* as its contract has it, whatever system tells it."""
    if report.wire != LEGACY_SPAN:
        return report
    data = {name: report.data[own] for name, own in _LEGACY.items() if own in report.data}
    if "invoice.total" in report.data:
        total, currency = report.data["invoice.total"], report.data["invoice.currency"]
        data["amount"] = {"amount": total, "currency": currency}
    return msgspec.structs.replace(report, data=data)


def _rows(book: Book, reports: Iterable[Report]) -> _Known:
    known = _Known(rows={}, since={}, moved={})
    through: dict[str, Key] = {}
    told: set[str] = set()
    for report in reports:
        key = tuple(str(report.data.get(name, "")) for name in book.key)
        if book.through in report.data and all(key):
            through[str(report.data[book.through])] = key
        if report.type in book.moved_by and report.data.get(book.through) in through:
            known.moved[through[report.data[book.through]]] = report.at
        if report.type not in book.types or not all(key) or report.id in told:
            continue
        told.add(report.id)
        if report.data.get("worker_status") == "terminated":
            known.rows.pop(key, None)
            continue
        said = dict(_said(report.data, (*book.key, *book.fields, *book.needs)))
        if book.signs:
            said = _added(known.rows.get(key), said, book.signs[report.type], report.at)
        known.rows[key] = {**known.rows.get(key, {}), **said, **book.fixed}
        known.since[key] = report.at
    for key in [key for key, row in known.rows.items() if not row.keys() >= {*book.needs}]:
        del known.rows[key]
    return known


def _added(before: Row | None, said: Row, sign: int, at: datetime) -> Row:
    stood = Decimal(before["amount"]) if before else Decimal(0)
    amount = stood + sign * Decimal(said["amount"])
    return {**said, "amount": str(amount), "posted_at": render_instant(at)}


def _is_something(row: Row) -> bool:
    return "posted_at" not in row or bool(Decimal(row["amount"]))


def _said(data: Mapping[str, Any], fields: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in fields:
        value = data.get(name)
        if isinstance(value, dict):
            yield name, value["amount"]
            yield "currency", value["currency"]
        elif value is not None:
            yield name, str(value)


def _lines(book: Book, row: Row, kind: str) -> list[Row]:
    if kind in {"missing", "timing"}:
        return []
    if kind == "value":
        return [book.spoils(row)]
    return [row, row] if kind == "duplicate" else [row]


def _written_off(
    reports: list[Report], seed: int, times: tuple[datetime, datetime], working: Working
) -> Kept:
    """Write off an hour that was billed, nothing twice, and a week that nobody knows."""
    exported, until = times
    approved = {
        str(one.data["timesheet_id"]): one.at
        for one in reports
        if one.type == "ps.timesheet.approved" and one.data.get("billable") and "hours" in one.data
    }
    billed = {
        key: one.at
        for one in reports
        if one.type == "ps.invoice.issued"
        for key in one.data.get("timesheet_ids", ())
        if key in approved
    }
    settled = [key for key, at in billed.items() if working.close_of(at, _GRACE_DAYS) < exported]
    Random(f"written-off:{seed}").shuffle(settled)  # noqa: S311 - a story
    fresh = [key for key, at in (approved | billed).items() if at + _POSTED > exported]
    rows: list[tuple[str, str, str]] = []
    if len(settled) >= _LEAST:
        unknown = f"{settled[0]}-X"
        rows = [("value", settled[0], "1"), ("duplicate", settled[1], "0")]
        rows += [("missing", unknown, "5"), *(("timing-value", key, "1") for key in fresh[:1])]
    lines = [{"timesheet_id": key, "hours": hours} for _, key, hours in rows]
    twice = [line for line in lines if line["hours"] == "0"]
    return Kept(
        book=WRITTEN_OFF,
        rows=(*lines, *twice),
        injected=tuple(_truth(WRITTEN_OFF, kind, (key,), until) for kind, key, _ in rows),
        watermark=exported,
    )


def _counted(reports: list[Report], seed: int, until: datetime) -> Kept:
    """Count what each source sent in each whole hour of the day before *until*."""
    end = until.replace(minute=0, second=0, microsecond=0)
    sent: dict[tuple[str, datetime], set[str]] = {}
    for one in reports:
        hour = one.at.replace(minute=0, second=0, microsecond=0)
        if end - timedelta(days=1) <= hour < end:
            sent.setdefault((one.event_source, hour), set()).add(one.id)
    rows = {
        (source, render_instant(hour)): {
            "source": source,
            "window": render_instant(hour),
            "until": render_instant(hour + _HOUR),
            "count": str(len(ids)),
        }
        for (source, hour), ids in sorted(sent.items())
    }
    last = render_instant(end - _HOUR)
    settled = [key for key in rows if key[1] != last]
    Random(f"counted:{seed}").shuffle(settled)  # noqa: S311 - a story
    planted = dict(zip(_KINDS, settled, strict=False)) if len(settled) >= _LEAST else {}
    kinds = {key: kind for kind, key in planted.items()}
    lines = [
        line
        for key, row in rows.items()
        if key[1] != last
        for line in _lines(COUNTS, row, kinds.get(key, ""))
    ]
    found = [*planted.items(), *(("timing", key) for key in rows if key[1] == last)]
    return Kept(
        book=COUNTS,
        rows=tuple(lines),
        injected=tuple(_truth(COUNTS, kind, key, until) for kind, key in found),
        watermark=end,
    )


def _truth(book: Book, kind: str, key: Key, until: datetime) -> Injected:
    name, _, differs = kind.partition("-")
    other = (
        book.against if differs or kind == "value" else book.unknown if kind == "missing" else ""
    )
    found = Finding(
        kind=BREAK,
        name=name,
        object=" / ".join(key),
        visible_at=until,
        source=other or book.side,
        process=book.reconciliation,
    )
    return Injected(fault=PLANTED, keys=(" / ".join(key),), at=until, finds=(found,))
