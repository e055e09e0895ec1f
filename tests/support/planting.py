"""Two sides that agree, then breaks that are planted in them; and an oracle of its own."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from observability.reconciliation.document import Reconciliation, read_reconciliation
from observability.reconciliation.finding import Finding
from observability.reconciliation.line import read_line
from observability.reconciliation.reconciling import Given, reconcile

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG_AGO = "2026-02-01T09:00:00Z"
JUST_NOW = "2026-03-02T11:59:00Z"
Row = dict[str, Any]

TWO_SIDES = """
reconciliation: expenses-to-erp
version: 1.0.0
title: Expenses as approved against expenses as posted
owner: finance
key: [expense_id]
total_by: [project_id]
money: amount
compare:
  - {field: hours, kind: number, tolerance: 0.01}
  - {field: amount, kind: money}
  - {field: status}
sides:
  - {side: tool, title: Expense tool, from: [{entity: expense, at: at, case: project_id}]}
  - {side: erp, title: ERP, from: [{entity: expense, at: at}]}
"""
DOCUMENT = read_reconciliation(TWO_SIDES)


def eur(amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def expense(number: int, **changes: Any) -> Row:
    row = {
        "expense_id": f"X-{number:04d}",
        "project_id": f"P-{number % 7}",
        "hours": f"{number % 8 + 1}.50",
        "amount": eur(f"{100 + number}.00"),
        "status": "approved",
        "at": LONG_AGO,
    }
    return {name: value for name, value in {**row, **changes}.items() if value is not None}


def given(
    document: Reconciliation, side: str, rows: Iterable[Row], watermark: datetime = NOON
) -> Given:
    kept, of = list(rows), document.by_side[side]
    lines = [
        read_line(document, selection, row, ref=f"{place:04d}", sums=of.sum)
        for selection in of.selections
        for place, row in enumerate(kept)
        if row.get("part", "") == selection.part
    ]
    return Given(side=side, lines=lambda: iter(lines), watermark=watermark)


def run(
    tmp_path: Path,
    *sides: Sequence[Row],
    document: Reconciliation = DOCUMENT,
    grace: Callable[[datetime], datetime] = lambda since: since,
    **more: Any,
) -> Finding:
    names = [one.side for one in document.sides]
    those = [given(document, name, rows) for name, rows in zip(names, sides, strict=True)]
    return reconcile(document, those, Path(mkdtemp(dir=tmp_path)), grace=grace, **more)


def told(finding: Finding) -> list[tuple[str, str, str]]:
    """Return (kind, side, key) of each break."""
    return [(one.kind, one.side, one.name) for one in finding.breaks]


def an_hour(since: datetime) -> datetime:
    return since + timedelta(hours=1)


def naive(
    left: Sequence[Row], right: Sequence[Row], *, cut_off: datetime = NOON
) -> set[tuple[str, str, str]]:
    """What is broken between two sides of `DOCUMENT`: every line against every other."""
    found: set[tuple[str, str, str]] = set()
    keys = {row["expense_id"] for row in (*left, *right)}
    for key in keys:
        mine = [row for row in left if row["expense_id"] == key]
        theirs = [row for row in right if row["expense_id"] == key]
        found |= {
            ("duplicate", side, key)
            for side, those in (("tool", mine), ("erp", theirs))
            if len(those) > 1
        }
        kind, side, seen = "", "erp", [*mine[:1], *theirs[:1]]
        if not theirs:
            kind = "missing"
        elif not mine:
            kind, side = "missing", "tool"
        elif _differ(mine[0], theirs[0]):
            kind = "value"
        if kind:
            latest = max(datetime.fromisoformat(row["at"]) for row in seen)
            found.add(("timing" if an_hour(latest) > cut_off else kind, side, key))
    return found


def _differ(left: Row, right: Row) -> bool:
    if left.get("status") != right.get("status"):
        return True
    if abs(Decimal(left["hours"]) - Decimal(right["hours"])) > Decimal("0.01"):
        return True
    mine, theirs = left["amount"], right["amount"]
    for currency in {mine["currency"], theirs["currency"]}:
        one = Decimal(mine["amount"]) if mine["currency"] == currency else Decimal(0)
        other = Decimal(theirs["amount"]) if theirs["currency"] == currency else Decimal(0)
        if abs(one - other) > max(Decimal("0.01"), abs(one) * Decimal("0.001")):
            return True
    return False
