"""What the screens read of exceptions is what the exceptions themselves come to."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from msgspec import convert
from msgspec.structs import replace
from sqlalchemy import Connection, select

from controlplane.engagement import overview_stores, stores
from controlplane.measured import Measured, Reach, whole
from governance.exception import stores as exceptions
from governance.exception.overview import stores as read
from governance.exception.process_exception import (
    Change,
    ProcessException,
    ProcessSla,
    exception_id,
    fingerprint_of,
)
from observability.kpi.document import Elsewhere
from observability.rollup.contribution import DAY_MICROS, bucket
from observability.rollup.tables import case_rollup, rollup, rollup_amount, rollup_case
from rules.instant import to_micros
from rules.money import Money, money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SPAN = {"since": datetime(2026, 2, 20, tzinfo=UTC), "earlier": datetime(2026, 2, 9, tzinfo=UTC)}
COST = Decimal("0.08")
CODES = ("EUR", "GBP")


def of_the_case(number: int, engagement: int, **changes: object) -> ProcessException:
    fingerprint = fingerprint_of(f"i-{engagement}", "billing", "rate-agreed", f"x-{number}")
    return replace(
        ProcessException(
            id=exception_id(fingerprint),
            fingerprint=fingerprint,
            process="quote-to-cash",
            instance=f"i-{engagement}",
            case_key=f"E-{engagement}",
            case_title="Acme",
            ruleset="billing",
            ruleset_version="1.0.0",
            rule="rate-agreed",
            rule_version="1.0.0",
            type="RATE_MISSING",
            title="No rate",
            occurrence=f"x-{number}",
            line=f"TS-{number}",
            severity="high",
            reason="no rate",
            opened_at=NOON,
            handled_from=NOON,
            changed_at=NOON,
            engagement=f"E-{engagement}",
        ),
        **changes,
    )


def ago(draw: Random, days: int = 25) -> datetime:
    """Return an instant of the last days, often at the same time of the day or at midnight."""
    begun = NOON - timedelta(days=draw.randint(1, days))
    return draw.choice([begun, begun.replace(hour=0), begun + timedelta(seconds=draw.random())])


def drawn(draw: Random, number: int) -> ProcessException:
    engagement = number % 7
    code, opened = draw.choice(CODES), ago(draw)
    state = draw.choice(["open", "open", "acknowledged", "resolved", "waived"])
    amount = money(draw.randint(0, 900), code)
    late = opened + timedelta(hours=draw.randint(1, 700))
    return of_the_case(
        number,
        engagement,
        state=state,
        line=f"TS-{draw.randint(1, 4)}",
        rule=draw.choice(["rate-agreed", "po-valid"]),
        stage=draw.choice([None, "bill", "agree"]),
        type=draw.choice(["RATE_MISSING", "BURN_OVER_CAP"]),
        blocked=draw.choice([None, amount, amount]),
        remaining=draw.choice([None, money(500 + engagement, code)]),
        exposure=draw.choice([None, None, money(draw.randint(0, 90), code)]),
        delayed=draw.choice([None, None, money(draw.randint(1, 900), code)]),
        delayed_since=draw.choice([None, ago(draw), NOON, NOON + timedelta(hours=2)]),
        opened_at=opened,
        handled_from=draw.choice([opened, opened + DAY]),
        changed_at=opened + timedelta(seconds=number),
        resolved_at=min(opened + timedelta(hours=draw.randint(1, 99)), NOON)
        if state == "resolved"
        else None,
        handling_due_at=draw.choice([None, late]),
        resolve_due_at=late + DAY,
        process_sla=draw.choice(
            [None, ProcessSla(sla="s", started_at=opened, due_at=late, state="absent")]
        ),
    )


def keep(connection: Connection, *those: ProcessException) -> None:
    stores.save(connection, [Change(exception=one) for one in those])


def rows(connection: Connection) -> list[list[tuple[object, ...]]]:
    tables = (rollup, rollup_amount, rollup_case, case_rollup)
    return [sorted(map(tuple, connection.execute(select(table)))) for table in tables]


@pytest.mark.parametrize("seed", range(3))
def test_the_rolled_overview_is_that_of_the_exceptions_to_the_cent(
    connection: Connection, seed: int
):
    draw = Random(seed)
    keep(connection, *(drawn(draw, number) for number in range(60)))
    keep(connection, *(drawn(draw, number) for number in range(0, 60, 3)))  # changed since
    for at in (NOON, NOON + timedelta(hours=1.5), NOON + timedelta(days=3, microseconds=-1)):
        exact = read.overview(
            connection, process="quote-to-cash", at=at, cost_of_capital=COST, **SPAN
        )
        rolled = overview_stores.overview(
            connection, "quote-to-cash", at=at, cost_of_capital=COST, **SPAN
        )
        assert rolled == exact


def test_what_stands_behind_the_figures_does_not_depend_on_how_it_came(connection: Connection):
    draw = Random(4)
    those = [drawn(draw, number) for number in range(20)]
    for one in those:
        keep(connection, replace(one, state="open", resolved_at=None, blocked=money(1, "JPY")))
    for one in reversed(those):
        keep(connection, one)
    each = rows(connection)
    for one in those:
        keep(connection, replace(one, engagement="elsewhere"))
    keep(connection, *those)
    stores.roll_up(connection, [("quote-to-cash", "elsewhere")])
    stores.roll_up(connection, {one.held_by for one in those})
    assert rows(connection)[:3] == each[:3]


@pytest.mark.parametrize("types", [("RATE_MISSING",), ("RATE_MISSING", "BURN_OVER_CAP"), ("*",)])
def test_a_kpi_reads_of_exceptions_what_they_themselves_say(
    connection: Connection, types: tuple[str, ...]
):
    draw = Random(5)
    first = [drawn(draw, number) for number in range(60)]
    again = [drawn(draw, number) for number in range(0, 60, 3)]  # changed since
    keep(connection, *first)
    keep(connection, *again)
    those = [one for one in {one.id: one for one in first + again}.values() if of(one, types)]
    told = {
        "opened": Counter((day(one.opened_at), "", 0) for one in those),
        "open": Counter(
            told
            for one in those
            for told in (
                (day(one.opened_at), "in", 0),
                (day(one.opened_at), "open", 0)
                if one.standing
                else (day(one.resolved_at or one.changed_at), "out", 0),
            )
        ),
        "resolved": Counter(
            (day(one.resolved_at), "", bucket(micros(one.resolved_at - one.opened_at)))
            for one in those
            if one.resolved_at is not None
        ),
    }
    for name, exact in told.items():
        series = whole(connection, read_of(types, name), Reach(None, to_micros(NOON)))
        assert series is not None
        assert Counter({row[:3]: row.n for row in series.rows}) == exact
    taken = sum(micros(one.resolved_at - one.opened_at) for one in those if one.resolved_at)
    assert sum(row.quantity for row in series.rows) == taken


def of(one: ProcessException, types: tuple[str, ...]) -> bool:
    return one.type in types or types == ("*",)


def read_of(types: tuple[str, ...], told: str) -> Measured:
    place = convert({"exceptions": types, "told": told}, Elsewhere)
    return Measured("quote-to-cash", None, None, place)


def day(at: datetime | None) -> int:
    assert at is not None
    return to_micros(at) // DAY_MICROS


def micros(taken: timedelta) -> int:
    return taken // timedelta(microseconds=1)


def test_many_closed_exceptions_are_told_to_within_a_sixteenth(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
):
    begun = NOON - 3 * DAY
    done = {"state": "resolved", "opened_at": begun, "handled_from": begun}
    spent = [timedelta(minutes=20 + 7 * number) for number in range(60)]
    keep(
        connection,
        *(of_the_case(n, n % 4, resolved_at=begun + s, **done) for n, s in enumerate(spent)),
    )
    asked = {"process": "quote-to-cash", "at": NOON, "cost_of_capital": COST, **SPAN}
    exact = read.overview(connection, **asked)
    monkeypatch.setattr("controlplane.engagement.closing_stores.EXACTLY", 10)
    rolled = overview_stores.overview(connection, asked.pop("process"), **asked)
    assert rolled.closed == exact.closed == 60
    assert rolled.median_to_resolve_seconds == pytest.approx(
        exact.median_to_resolve_seconds, rel=1 / 16
    )
    assert [day.closed for day in rolled.trend] == [day.closed for day in exact.trend]


def test_as_of_before_the_last_change_the_exceptions_themselves_are_asked(connection: Connection):
    keep(
        connection,
        of_the_case(1, 1, blocked=money(5, "EUR"), opened_at=NOON - 2 * DAY),
        of_the_case(2, 1, blocked=money(7, "EUR"), opened_at=NOON),
    )
    seen = overview_stores.overview(
        connection, "quote-to-cash", at=NOON - DAY, cost_of_capital=COST, **SPAN
    )
    assert (seen.open, seen.money.blocked) == (1, [Money(amount=Decimal(5), currency="EUR")])


def test_an_exception_that_changes_its_engagement_leaves_no_money_behind(connection: Connection):
    one = of_the_case(1, 1, blocked=money(5, "EUR"))
    keep(connection, one)
    keep(connection, replace(one, engagement="E-2"))
    keep(connection, replace(one, state="resolved", engagement="E-2", resolved_at=NOON))
    assert exceptions.engagements_of(connection, [one.id]) == {("quote-to-cash", "E-2")}
    seen = overview_stores.overview(
        connection, "quote-to-cash", at=NOON, cost_of_capital=COST, **SPAN
    )
    assert (seen.open, seen.money.blocked, seen.trend[-1].blocked) == (0, [], [])
