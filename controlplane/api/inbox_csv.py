"""
Exceptions as CSV, for a spreadsheet.

A cell that a spreadsheet would take for a formula is led by an apostrophe.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime

from governance.exception.promise import Promise
from governance.exception.representation import ShownException
from rules.instant import render_instant
from rules.money import Money

COLUMNS = (
    "id",
    "state",
    "severity",
    "priority",
    "class",
    "title",
    "reason",
    "process",
    "stage",
    "case",
    "case_title",
    "owner",
    "assignee",
    "blocked",
    "blocked_currency",
    "delayed_cash",
    "delayed_cash_currency",
    "exposure",
    "exposure_currency",
    "process_sla",
    "process_due_at",
    "process_used_percent",
    "handling_due_at",
    "opened_at",
    "promised_at",
    "resolved_at",
    "rule",
    "rule_version",
    "occurrence",
    "incident",
    "waiver_asked_until",
    "escalated",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render_csv(exceptions: Iterable[ShownException]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in exceptions:
        table.writerow([harmless(cell) for cell in _cells(one)])
    return text.getvalue()


def _cells(one: ShownException) -> Iterator[str]:
    yield from (one.id, one.state, one.severity, one.priority, one.type)
    yield from (one.title, one.reason, one.process)
    yield from (one.stage or "", one.case, one.case_title, one.owner or "", one.assignee or "")
    for money in (one.money.blocked, one.money.delayed_cash, one.money.exposure):
        yield from _money(money)
    yield from _promise(one.process_sla)
    yield _instant(one.handling_sla.due_at if one.handling_sla else None)
    yield from (_instant(one.opened_at), _instant(one.promised_at), _instant(one.resolved_at))
    yield from (one.rule, one.rule_version, one.occurrence)
    yield one.incident.id if one.incident else ""
    yield from (_instant(one.waiver.until if one.waiver else None), str(one.escalated))


def _money(money: Money | None) -> tuple[str, str]:
    return ("", "") if money is None else (format(money.amount, "f"), money.currency)


def _promise(promise: Promise | None) -> tuple[str, str, str]:
    if promise is None:
        return ("", "", "")
    return (promise.sla, _instant(promise.due_at), f"{promise.used_percent:.1f}")


def _instant(at: datetime | None) -> str:
    return "" if at is None else render_instant(at)


def harmless(cell: str) -> str:
    if not cell.startswith(_FORMULA) or _is_number(cell):
        return cell
    return f"'{cell}"


def _is_number(cell: str) -> bool:
    return cell[1:].replace(".", "", 1).isdigit()
