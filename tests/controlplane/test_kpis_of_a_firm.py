"""
KPIs of the sample firm, held against a calculation from its raw events.

The other calculation knows no rollup and no process model: it reads the payloads as they were
reported, thing by thing, and adds up what they say.
"""

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import mean, median_low
from typing import Any

import pytest
from projecting import Undecided, activate, append, contents, drain, installation
from sqlalchemy import select

from controlplane import kpis as working
from controlplane.database import Databases, reading
from controlplane.kpis import Asked, Told
from controlplane.measured import Within
from controlplane.pack.read import read_pack
from controlplane.pack.shipped import shipped_folder
from controlplane.pipeline.processing import Processing
from controlplane.roi import around, of_kpis
from controlplane.simulator.chronicle import Chronicle
from controlplane.simulator.report import LEGACY_SPAN, Report
from controlplane.simulator.working import london
from observability.event import ProcessEvent
from observability.health.window import read_window
from observability.tables import STATE, clock, instance
from rules.instant import from_micros
from rules.money import read_money

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
UNTIL = START + timedelta(days=32)
WINDOW = read_window("20d", as_of=UNTIL)
SLAS = ("timesheet-submitted-to-approved", "invoice-issued-to-posted")
ROLLUPS = ("rollup", "rollup_amount", "rollup_case")


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    told = Chronicle(11, START, london(), faults=()).until(UNTIL)
    found = [one for one in told if one.wire != LEGACY_SPAN]
    return found + list(ledger(found))


def ledger(reports: Iterable[Report]) -> Iterator[Report]:
    """Post the labour of every second timesheet that was approved, and write every ninth off."""
    approved = [one for one in reports if one.type == "ps.timesheet.approved"]
    engagement = {
        one.data["project_id"]: one.data["engagement_id"]
        for one in reports
        if one.data.get("project_id") and one.data.get("engagement_id")
    }
    for place, one in enumerate(approved):
        sheet, known = one.data["timesheet_id"], engagement.get(one.data["project_id"])
        if known is None or "amount" not in one.data:
            continue
        common = {"engagement_id": known, "timesheet_ids": [sheet]}
        if place % 2 == 0:
            cost = {"amount": f"{place}.10", "currency": one.data["amount"]["currency"]}
            data = {"labour_id": f"L-{sheet}", "amount": cost, **common}
            yield posted("ps.labour.costed", f"L-{sheet}", one.at, data)
        if place % 9 == 0:
            data = {"write_off_id": f"O-{sheet}", "amount": one.data["amount"], **common}
            yield posted("ps.time.written-off", f"O-{sheet}", one.at, data)


def posted(type_: str, subject: str, at: datetime, data: dict[str, Any]) -> Report:
    day = timedelta(days=1)
    return Report(
        system="erp",
        id=subject,
        type=type_,
        at=at + day,
        subject=subject,
        data=data,
        wire="cloud-event",
    )


@pytest.fixture(scope="module")
def firm(reports: list[Report], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    databases = installed(tmp_path_factory.mktemp("firm"))
    append(databases, events(reports))
    drain(databases)
    yield databases
    databases.close()


def installed(folder: Path, *processes: str) -> Databases:
    databases = installation(folder)
    pack = shipped_folder("professional-services")
    assert pack is not None
    for one in read_pack(pack).documents:
        process = one.kind == "process" and one.name in {"quote-to-cash", *processes}
        if (
            process
            or (one.kind == "sla" and one.name in SLAS)
            or one.kind in {"kpi", "rates", "calendar"}
        ):
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


def told(
    firm: Databases, name: str, *, by: str | None = None, within: Within | None = None
) -> Told:
    with reading(firm.state) as connection:
        (kpi,) = [one for one in working.kpis(connection) if one.kpi == name]
        return working.tell(connection, kpi, Asked(window=WINDOW, by=by, within=within))


def by_currency(firm: Databases, name: str) -> dict[str, Decimal | None]:
    return {one.of: one.value for one in told(firm, name, by="currency").groups}


MONEY = (
    "ps.invoice.issued",
    "ps.payment.received",
    "ps.revenue.recognised",
    "ps.credit-note.issued",
    "ps.labour.costed",
    "ps.time.written-off",
)


class Books:
    """What the events say of each timesheet and invoice, the last word counting."""

    def __init__(self, reports: Iterable[Report]) -> None:
        self.sheets: dict[str, dict[str, Any]] = defaultdict(dict)
        self.approved: dict[str, datetime] = {}
        self.billed: dict[str, datetime] = {}
        self.written_off: set[str] = set()
        self.engagements: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.invoices: dict[str, Report] = {}
        self.paid: dict[str, datetime] = {}
        self.payments: list[tuple[datetime, str, dict[str, Any]]] = []
        self.spent: dict[str, tuple[datetime, str, Decimal]] = {}
        self.money: dict[str, list[tuple[datetime, str, Decimal]]] = defaultdict(list)
        seen: set[tuple[str, str]] = set()
        for one in sorted(reports, key=lambda one: (one.at, one.id)):
            if (one.source, one.id) not in seen:
                seen.add((one.source, one.id))
                self._read(one)

    def _read(self, one: Report) -> None:
        for tell in (self._sheet, self._amount, self._mark):
            tell(one, one.data)

    def _sheet(self, one: Report, data: dict[str, Any]) -> None:
        if one.type.startswith("ps.timesheet."):
            self.sheets[data["timesheet_id"]].update(data)
            if one.type == "ps.timesheet.approved":
                self.approved[data["timesheet_id"]] = one.at
        elif one.type == "ps.expense.approved":
            amount = read_money(data["amount"])
            self.spent[data["expense_id"]] = (one.at, amount.currency, amount.amount)

    def _amount(self, one: Report, data: dict[str, Any]) -> None:
        if one.type in MONEY:
            amount = read_money(data["amount"])
            self.money[one.type].append((one.at, amount.currency, amount.amount))
            if "engagement_id" in data:
                self.engagements[data["engagement_id"], amount.currency][one.type] += amount.amount

    def _mark(self, one: Report, data: dict[str, Any]) -> None:
        sheets = data.get("timesheet_ids", ())
        if one.type == "ps.time.written-off":
            self.written_off.update(sheets)
        elif one.type == "ps.invoice.issued":
            self.invoices[data["invoice_id"]] = one
            self.billed.update(dict.fromkeys(sheets, one.at))
        elif one.type == "ps.payment.received" and "invoice_id" in data:
            self.paid[data["invoice_id"]] = one.at
            self.payments.append((one.at, data["invoice_id"], data["amount"]))

    def summed(self, type_: str) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(Decimal)
        for at, code, amount in self.money[type_]:
            if at >= WINDOW.since:
                found[code] += amount
        return dict(found)

    def expenses(self) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(Decimal)
        for at, code, amount in self.spent.values():
            found[code] += amount if at >= WINDOW.since else 0
        return found

    def worked(self) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(Decimal)
        for name, sheet in self.billable():
            amount = read_money(sheet.get("amount"))
            if amount is not None and self.approved[name] >= WINDOW.since:
                found[amount.currency] += amount.amount
        return dict(found)

    def billable(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, sheet in self.sheets.items():
            if sheet.get("status") == "approved" and sheet.get("billable") is True:
                yield name, sheet

    def unbilled(self) -> dict[str, list[tuple[date, Decimal]]]:
        found: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
        for name, sheet in self.billable():
            amount = read_money(sheet.get("amount"))
            if name not in self.billed.keys() | self.written_off and amount is not None:
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


def test_collected_realisation_is_the_cash_on_invoices_of_time(firm: Databases, books: Books):
    cash: dict[str, Decimal] = defaultdict(Decimal)
    for at, invoice, amount in books.payments:
        billed = books.invoices.get(invoice)
        if at >= WINDOW.since and billed and billed.data.get("timesheet_ids"):
            cash[amount["currency"]] += Decimal(amount["amount"])
    every = books.summed("ps.payment.received")
    assert any(0 < cash[code] < every[code] for code in every)
    expected = {code: round(cash[code] / sum_ * 100, 2) for code, sum_ in books.worked().items()}
    assert by_currency(firm, "collected-realisation") == expected


def test_days_sales_outstanding_are_counted_back_month_by_month(firm: Databases, books: Books):
    invoiced, paid, credited = (
        books.money[one]
        for one in ("ps.invoice.issued", "ps.payment.received", "ps.credit-note.issued")
    )
    for code, found in by_currency(firm, "days-sales-outstanding-count-back").items():
        sold = Counter[tuple[int, int]]()
        for at, currency, amount in invoiced:
            sold[at.year, at.month] += amount if currency == code else 0
        left = sum(sold.values()) - sum(
            amount for _, currency, amount in (*paid, *credited) if currency == code
        )
        days = Decimal()
        for (year, month), sales in sorted(sold.items(), reverse=True):
            here = (year, month) == (UNTIL.year, UNTIL.month)
            length = UNTIL.day if here else monthrange(year, month)[1]
            days += length * min(max(left, 0) / sales, 1)
            left -= sales
        assert days > UNTIL.day
        assert found == round(days, 2)


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


@pytest.mark.parametrize(
    ("kpi", "more", "less"),
    [
        ("deferred-revenue", "ps.invoice.issued", "ps.revenue.recognised"),
        ("work-in-progress", "ps.revenue.recognised", "ps.invoice.issued"),
    ],
)
def test_what_one_engagement_owes_does_not_lessen_what_another_is_owed(
    firm: Databases, books: Books, kpi: str, more: str, less: str
):
    expected: dict[str, Decimal] = defaultdict(Decimal)
    for (_, code), sums in books.engagements.items():
        credited = sums["ps.credit-note.issued"] * (1 if less == "ps.invoice.issued" else -1)
        expected[code] += max(sums[more] - sums[less] + credited, Decimal())
    assert sum(expected.values()) > 0
    found = by_currency(firm, kpi)
    assert {code: value for code, value in found.items() if value} == {
        code: value for code, value in expected.items() if value
    }
    apart = told(firm, kpi, by="practice")
    assert abs(sum(one.value for one in apart.groups) - apart.value) <= Decimal("0.05")


def test_the_margin_is_of_what_the_ledger_says_it_cost(firm: Databases, books: Books):
    revenue, labour = (books.summed(one) for one in ("ps.revenue.recognised", "ps.labour.costed"))
    spent = books.expenses()
    for code, found in by_currency(firm, "project-margin").items():
        assert found == revenue.get(code, 0) - labour.get(code, 0) - spent[code]
    off, worked = books.summed("ps.time.written-off"), books.worked()
    assert by_currency(firm, "write-off-share") == {
        code: round(off.get(code, 0) / worked[code] * 100, 2) for code in worked
    }


def test_an_invoices_way_is_timed_from_its_cut_off_and_to_its_payment(
    firm: Databases, books: Books
):
    ways = [
        (one.at - datetime.fromisoformat(one.data["cut_off_at"])) / timedelta(days=1)
        for one in books.invoices.values()
        if "cut_off_at" in one.data and one.at >= WINDOW.since
    ]
    assert float(told(firm, "invoice-cycle-time").value) == pytest.approx(mean(ways), abs=0.01)
    paid = [
        (at - books.invoices[name].at) / timedelta(days=1)
        for name, at in books.paid.items()
        if at >= WINDOW.since and name in books.invoices
    ]
    assert float(told(firm, "collection-time").value) == pytest.approx(median_low(paid), rel=1 / 16)


def test_unbilled_work_ages_from_the_day_of_work(firm: Databases, books: Books):
    for code, value in by_currency(firm, "wip-age").items():
        open_ = [
            (UNTIL.date() - date.fromisoformat(sheet["work_date"]), amount.amount)
            for name, sheet in books.billable()
            if name not in books.billed.keys() | books.written_off
            and (amount := read_money(sheet.get("amount"))) is not None
            and amount.currency == code
        ]
        if open_:
            weighed = sum(aged.days * amount for aged, amount in open_)
            assert value == round(weighed / sum(amount for _, amount in open_), 2)


def test_a_part_is_told_as_it_is_told_apart(firm: Databases):
    groups = told(firm, "unbilled-approved-time", by="practice").groups
    for one in groups:
        alone = told(firm, "unbilled-approved-time", within=("practice", one.of))
        assert alone.value == one.value
    assert "recovered is not told by practice" in str(
        told(firm, "recovery-time", within=("practice", groups[0].of)).because
    )


def test_promises_of_a_practice_are_those_of_its_engagements(
    firm: Databases, reports: list[Report]
):
    practice = {
        one.data[key]: one.data["service_line"]
        for one in reports
        for key in ("engagement_id", "opportunity_id")
        if one.data.get(key) and one.data.get("service_line")
    }
    kept, every = Counter[str](), Counter[str]()
    for key, met, ended in promises(firm):
        if START <= WINDOW.since <= ended <= UNTIL:
            kept[practice[key]] += met
            every[practice[key]] += 1
    shares = {one: round(Decimal(kept[one]) / every[one] * 100, 2) for one in every}
    groups = told(firm, "sla-attainment", by="practice").groups
    assert len(shares) > 2
    assert {one.of: one.value for one in groups if one.of} == shares
    for name, share in shares.items():
        assert told(firm, "sla-attainment", within=("practice", name)).value == share


def promises(firm: Databases) -> Iterator[tuple[str, bool, datetime]]:
    """Yield the promises to engagements that ended: whose, whether kept, and when."""
    c, i = clock.c, instance.c
    query = (
        select(i.case_key, c.target_at, c.due_at, c.absent_at)
        .join(instance, i.id == c.instance)
        .where(c.process == "quote-to-cash", c.cancelled_at.is_(None), c.paused_at.is_(None))
    )
    with reading(firm.state) as connection:
        for key, target_at, due_at, absent_at in connection.execute(query):
            met = target_at is not None and target_at <= due_at
            ended = target_at if met else due_at if target_at is not None else absent_at
            if ended is not None:
                yield key, met, from_micros(ended)


def test_before_and_after_a_date_are_those_of_the_events(firm: Databases, books: Books):
    split = UNTIL.date() - timedelta(days=8)
    sides = around(split, 10, at=UNTIL)
    with reading(firm.state) as connection:
        [found] = of_kpis(connection, ["billing-latency"], *sides)
    for side, between in zip((found.before, found.after), sides, strict=True):
        took = [
            (at - books.approved[name]) / timedelta(days=1)
            for name, at in books.billed.items()
            if between.since <= at < between.until and books.sheets[name].get("billable") is True
        ]
        assert side.sample == len(took)
        assert float(side.value) == pytest.approx(mean(took), abs=0.01)
    assert found.change == found.after.value - found.before.value


def test_what_nobody_sends_is_no_nought(firm: Databases):
    found = told(firm, "utilisation")
    assert found.value is None
    assert found.because == "not enough data: needs ps.worker.capacity"


def test_utilisation_is_of_the_hours_that_people_had_wherever_these_are_told(
    reports: list[Report], tmp_path: Path
):
    own = installed(tmp_path, "hire-to-billable")
    case = next(one.data["project_id"] for one in reports if one.type == "ps.project.activated")
    of_case = [one for one in reports if one.data.get("project_id") == case]
    week = (UNTIL - timedelta(days=9)).date().isoformat()
    capacity = [
        Report(
            system="hcm",
            id=f"C-{number}",
            type="ps.worker.capacity",
            at=START,
            data={
                "capacity_id": f"C-{number}",
                "worker_id": f"W-{number}",
                "from_on": week,
                "available_hours": 37.5,
            },
            wire="cloud-event",
        )
        for number in range(2)
    ]
    append(own, events(of_case + capacity))
    drain(own)
    books = Books(of_case)
    hours = sum(
        Decimal(str(sheet["hours"]))
        for name, sheet in books.billable()
        if books.approved[name] >= WINDOW.since
    )
    assert told(own, "utilisation").value == round(hours / 75 * 100, 2)
    own.close()


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
