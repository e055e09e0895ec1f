"""
KPIs of the sample firm, held against a calculation from its raw events.

The other calculation knows no rollup and no process model: it reads the payloads as they were
reported, thing by thing, and adds up what they say.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from projecting import Undecided, activate, append, contents, drain, installation

from controlplane import kpis as working
from controlplane.database import Databases, reading
from controlplane.kpis import Asked, Told
from controlplane.pack.read import read_pack
from controlplane.pack.shipped import shipped_folder
from controlplane.pipeline.processing import Processing
from controlplane.simulator.chronicle import Chronicle
from controlplane.simulator.report import LEGACY_SPAN, Report
from controlplane.simulator.working import london
from observability.event import ProcessEvent
from observability.health.window import read_window
from observability.tables import STATE
from rules.money import read_money

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
UNTIL = START + timedelta(days=32)
WINDOW = read_window("20d", as_of=UNTIL)
ROLLUPS = ("rollup", "rollup_amount", "rollup_case")


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    told = Chronicle(11, START, london(), faults=()).until(UNTIL)
    return [one for one in told if one.wire != LEGACY_SPAN]


@pytest.fixture(scope="module")
def firm(reports: list[Report], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    databases = installed(tmp_path_factory.mktemp("firm"))
    append(databases, events(reports))
    drain(databases)
    yield databases
    databases.close()


def installed(folder: Path) -> Databases:
    databases = installation(folder)
    pack = shipped_folder("professional-services")
    assert pack is not None
    for one in read_pack(pack).documents:
        quote_to_cash = one.kind == "process" and one.name == "quote-to-cash"
        if quote_to_cash or one.kind in {"kpi", "rates"}:
            activate(databases, one.kind, one.text, at=START)
    return databases


def events(reports: Iterable[Report]) -> list[ProcessEvent]:
    return [
        ProcessEvent(
            id=one.id,
            source=one.source,
            type=one.type,
            occurred_at=one.at,
            subject=one.subject,
            data=one.data,
            backfill=True,
        )
        for one in reports
    ]


def told(firm: Databases, name: str, *, by: str | None = None, currency: str | None = None) -> Told:
    with reading(firm.state) as connection:
        (kpi,) = [one for one in working.kpis(connection) if one.kpi == name]
        return working.tell(connection, kpi, Asked(window=WINDOW, by=by, currency=currency))


def by_currency(firm: Databases, name: str) -> dict[str, Decimal | None]:
    return {one.of: one.value for one in told(firm, name, by="currency").groups}


class Books:
    """What the events say of each timesheet and invoice, the last word counting."""

    def __init__(self, reports: Iterable[Report]) -> None:
        self.sheets: dict[str, dict[str, Any]] = defaultdict(dict)
        self.approved: dict[str, datetime] = {}
        self.billed: dict[str, datetime] = {}
        self.money: dict[str, list[tuple[datetime, str, Decimal]]] = defaultdict(list)
        seen: set[tuple[str, str]] = set()
        for one in sorted(reports, key=lambda one: (one.at, one.id)):
            if (one.source, one.id) not in seen:
                seen.add((one.source, one.id))
                self._read(one)

    def _read(self, one: Report) -> None:
        if one.type.startswith("ps.timesheet."):
            self.sheets[one.data["timesheet_id"]].update(one.data)
            if one.type == "ps.timesheet.approved":
                self.approved[one.data["timesheet_id"]] = one.at
        elif one.type in {"ps.invoice.issued", "ps.payment.received", "ps.revenue.recognised"}:
            amount = read_money(one.data["amount"])
            self.money[one.type].append((one.at, amount.currency, amount.amount))
            for sheet in one.data.get("timesheet_ids", ()):
                self.billed[sheet] = one.at

    def summed(self, type_: str) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(Decimal)
        for at, code, amount in self.money[type_]:
            if at >= WINDOW.since:
                found[code] += amount
        return dict(found)

    def billable(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, sheet in self.sheets.items():
            if sheet.get("status") == "approved" and sheet.get("billable") is True:
                yield name, sheet

    def unbilled(self) -> dict[str, list[tuple[date, Decimal]]]:
        found: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
        for name, sheet in self.billable():
            amount = read_money(sheet.get("amount"))
            if name not in self.billed and amount is not None:
                found[amount.currency].append((self.approved[name].date(), amount.amount))
        return found


@pytest.fixture(scope="module")
def books(reports: list[Report]) -> Books:
    return Books(reports)


@pytest.mark.parametrize(
    ("kpi", "type_"),
    [
        ("invoiced", "ps.invoice.issued"),
        ("cash-collected", "ps.payment.received"),
        ("recognised-revenue", "ps.revenue.recognised"),
    ],
)
def test_money_of_a_window_is_what_the_events_say_by_currency(
    firm: Databases, books: Books, kpi: str, type_: str
):
    expected = books.summed(type_)
    assert expected
    assert {code: value for code, value in by_currency(firm, kpi).items() if value} == expected


def test_unbilled_time_and_its_age_are_those_of_the_timesheets_that_no_invoice_names(
    firm: Databases, books: Books
):
    expected = {
        code: sum(amount for _, amount in those) for code, those in books.unbilled().items()
    }
    assert sum(expected.values()) > 0
    found = by_currency(firm, "unbilled-approved-time")
    assert {code: value for code, value in found.items() if value} == expected
    for code, value in by_currency(firm, "unbilled-age").items():
        those = books.unbilled()[code]
        if those:
            weighed = sum((UNTIL.date() - day).days * amount for day, amount in those)
            assert value == round(weighed / expected[code], 2)


def test_billing_latency_is_the_mean_from_approval_to_the_invoice(firm: Databases, books: Books):
    days = [
        Decimal((books.billed[name] - books.approved[name]) // timedelta(microseconds=1))
        / 86_400_000_000
        for name, _ in books.billable()
        if name in books.billed and books.billed[name] >= WINDOW.since
    ]
    assert told(firm, "billing-latency").value == round(sum(days) / len(days), 2)


def test_realisation_is_what_invoices_carry_of_the_time_approved(firm: Databases, books: Books):
    worked: dict[str, Decimal] = defaultdict(Decimal)
    billed: dict[str, Decimal] = defaultdict(Decimal)
    for name, sheet in books.billable():
        amount = read_money(sheet.get("amount"))
        if amount is not None and books.approved[name] >= WINDOW.since:
            worked[amount.currency] += amount.amount
            billed[amount.currency] += amount.amount if name in books.billed else 0
    expected = {code: round(billed[code] / worked[code] * 100, 2) for code in worked}
    assert by_currency(firm, "realisation") == expected


def test_the_billable_share_is_that_of_hours(firm: Databases, books: Books):
    hours: dict[bool, Decimal] = defaultdict(Decimal)
    for name, sheet in books.sheets.items():
        if sheet.get("status") == "approved" and books.approved[name] >= WINDOW.since:
            hours[sheet["billable"]] += Decimal(str(sheet["hours"]))
    share = hours[True] / (hours[True] + hours[False]) * 100
    assert told(firm, "billable-share").value == round(share, 2)


def test_currencies_meet_at_the_rate_of_their_day(firm: Databases, books: Books):
    found = told(firm, "invoiced")
    sums = books.summed("ps.invoice.issued")
    assert found.currency == "EUR"
    expected = sums.get("EUR", Decimal()) + sums["GBP"] / Decimal("0.85")
    assert abs(found.value - expected) <= Decimal("0.01")
    assert found.trend[-1].value == found.value


def test_what_is_told_apart_adds_up_to_the_whole(firm: Databases):
    whole = told(firm, "unbilled-approved-time", by="practice")
    assert len(whole.groups) > 1
    parts = sum(one.value for one in whole.groups)
    assert abs(parts - whole.value) <= Decimal("0.01") * len(whole.groups)
    assert abs(sum(one.value for one in whole.ages) - whole.value) <= Decimal("0.04")


def test_what_nobody_sends_is_no_nought(firm: Databases):
    found = told(firm, "utilisation")
    assert found.value is None
    assert found.because == "not enough data: needs ps.worker.capacity"


def test_events_in_any_order_give_the_same_rollups(
    firm: Databases, reports: list[Report], tmp_path: Path
):
    other = installed(tmp_path)
    shuffled = events(reports)
    Random(3).shuffle(shuffled)
    append(other, shuffled)
    drain(other, Processing(Undecided()), limit=97)
    assert contents(other, STATE, *ROLLUPS) == contents(firm, STATE, *ROLLUPS)
    other.close()
