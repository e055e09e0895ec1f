"""Health is read from the state of both databases; every figure of the overview is in it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from rolling import roll_up_standing
from sqlalchemy import Connection, insert

from observability.clock.clock import Clock
from observability.health.overview import Health
from observability.health.stores import health
from observability.health.window import read_window
from observability.model.coherence import read_model
from observability.objective import Objective, read_objective
from observability.projection.clock_stores import KeptClock, replace_clocks
from observability.rollup import exact_stores
from observability.rollup.measure import Judged
from observability.tables import instance
from rules.calendar import BusinessCalendar, read_calendar
from rules.instant import to_micros
from rules.money import Money, money

MODEL = read_model("""
process: expense
version: 1.0.0
title: Expenses
owner: desk
activities:
  - {activity: submitted, stage: submit}
  - {activity: approved, stage: approve}
  - {activity: requested, stage: pay}
  - {activity: paid, stage: paid}
stages:
  - {stage: submit, title: Submit}
  - {stage: approve}
  - {stage: pay, owner: treasury}
  - {stage: paid}
start: [submitted]
end: [paid]
""")
CALENDARS = {
    "office": BusinessCalendar(
        read_calendar(
            "calendar: office\nversion: 1.0.0\nzone: UTC\nhours:\n"
            + "\n".join(f'  {d}: ["09:00-17:00"]' for d in ("mon", "tue", "wed", "thu", "fri"))
        )
    )
}
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def objective(sla: str = "to-payment", start: str = "submitted", **more: str) -> Objective:
    lines = "\n".join(f"{name}: {value}" for name, value in more.items())
    target = "" if "target" in more else "target: {business_hours: 8}\ncalendar: office\n"
    return read_objective(
        f"sla: {sla}\nversion: 1.0.0\ntitle: Paid\nprocess: expense\nowner: desk\n"
        f"from: [{start}]\nto: [paid]\n{target}{lines}\n"
    )


def case(  # noqa: PLR0913 - a builder defaults what a test does not speak of
    connection: Connection,
    name: str,
    *,
    stage: str = "submit",
    state: str = "running",
    last_at: datetime = NOW - HOUR,
    lasted: timedelta = DAY,
    amount: str | None = "100.00",
    currency: str = "EUR",
    process: str = "expense",
) -> None:
    connection.execute(
        insert(instance).values(
            id=name,
            process=process,
            case_key=name,
            title=name,
            model="1.0.0",
            state=state,
            stage=stage,
            owner="desk",
            started_at=to_micros(last_at - lasted),
            last_at=to_micros(last_at),
            events=3,
            rework=0,
            variant="v",
            amount=amount,
            currency=None if amount is None else currency,
            currencies=0 if amount is None else 1,
            money="{}",
            attributes="{}",
            departures="[]",
        )
    )


def kept(  # noqa: PLR0913 - likewise
    name: str,
    *,
    sla: str = "to-payment",
    object_key: str = "",
    due_at: datetime = NOW + DAY,
    lasts: timedelta = DAY,
    amount: Money | None = None,
    process: str = "expense",
    **more: object,
) -> KeptClock:
    clock = Clock(
        id=f"{name}/{sla}/{object_key}",
        instance=name,
        sla=sla,
        version="1.0.0",
        object_type="",
        object_key=object_key,
        started_at=due_at - lasts,
        due_at=due_at,
        absent_at=due_at,
    )
    return KeptClock(
        clock=msgspec.structs.replace(clock, **more),
        process=process,
        next_at=None,
        amount=amount,
        owner="desk",
    )


def stand(connection: Connection, *clocks: KeptClock) -> None:
    replace_clocks(connection, [one.clock.instance for one in clocks], clocks)


def read(
    connection: Connection,
    window: str = "30d",
    *,
    at: datetime = NOW,
    objectives: Sequence[Objective] = (),
    exact: bool = False,
) -> Health:
    asked = list(objectives) or [objective()]
    judged = Judged(model=MODEL, objectives={one.sla: one for one in asked}, calendars=CALENDARS)
    for process in (MODEL.process, "other"):
        roll_up_standing(connection, process, judged)
    return health(
        connection,
        MODEL,
        window=read_window(window, as_of=at),
        objectives=asked,
        calendars=CALENDARS,
        exact=exact,
    )


def test_a_process_without_cases_has_no_figures_and_no_zero_division(connection):
    found = read(connection)
    assert (found.cases, found.events, found.attainment, found.burn) == (0, 0, None, None)
    assert found.duration.median_seconds is None
    assert found.target == 0.95
    assert [(one.sla, one.clocks) for one in found.slas] == [("to-payment", 0)]
    assert [one.reached for one in found.stages] == [0, 0, 0, 0]
    assert len(found.trend) == 30


def test_cases_count_by_their_last_event_and_other_processes_do_not(connection):
    case(connection, "fresh", lasted=2 * DAY)
    case(connection, "old", last_at=NOW - 40 * DAY, lasted=4 * DAY)
    case(connection, "elsewhere", process="other")
    assert (read(connection).cases, read(connection).events) == (1, 3)
    everything = read(connection, "all")
    assert (everything.cases, everything.events) == (2, 6)
    assert everything.duration.median_seconds == 3 * 86_400
    assert everything.duration.p95_seconds == pytest.approx(3.9 * 86_400)


def test_each_clock_is_counted_in_the_state_that_it_reads_now(connection):
    case(connection, "c")
    stand(
        connection,
        kept("c", sla="a", target_at=NOW),
        kept("c", sla="b", due_at=NOW - DAY, target_at=NOW),
        kept("c", sla="c", due_at=NOW - DAY),
        kept("c", sla="d"),
        kept("c", sla="e", due_at=NOW - DAY, paused_at=NOW - 2 * DAY, remaining_seconds=60),
        kept("c", sla="f", cancelled_at=NOW - DAY),
    )
    found = {one.sla: one for one in read(connection).slas}
    assert found["a"].met == found["b"].late == found["c"].absent == 1
    assert found["d"].running == found["e"].paused == found["f"].cancelled == 1
    whole = read(connection)
    assert (whole.clocks, whole.attainment, whole.breached_now) == (6, 0.333333, 1)


def test_as_of_reads_the_deadline_and_hides_no_event(connection):
    case(connection, "c")
    stand(
        connection,
        kept("c", due_at=NOW + DAY),
        kept("c", sla="later", due_at=NOW + DAY, target_at=NOW + HOUR),
    )
    assert read(connection).slas[1].running == 1
    assert read(connection, at=NOW + 2 * DAY).slas[1].absent == 1
    assert read(connection).slas[0].met == 1


def test_amounts_are_summed_exactly_and_rounded_once(connection):
    case(connection, "c")
    small = money("0.00499999999999", "EUR")
    stand(
        connection,
        *(kept("c", object_key=key, due_at=NOW - DAY, amount=small) for key in ("1", "2", "3")),
    )
    found = read(connection).slas[0]
    assert (found.absent, found.money_absent) == (3, [money("0.01", "EUR")])


def test_currencies_are_never_added(connection):
    case(connection, "c", amount="10.00")
    case(connection, "d", amount="20.00", currency="GBP")
    case(connection, "e", amount="40.00", state="completed")
    case(connection, "f", amount=None)
    assert read(connection).money_in_progress == [money("10.00", "EUR"), money("20.00", "GBP")]
    stand(
        connection,
        kept("c", due_at=NOW - DAY, amount=money("1", "EUR")),
        kept("d", due_at=NOW - DAY, amount=money("2", "GBP")),
    )
    assert read(connection).slas[0].money_absent == [money("1.00", "EUR"), money("2.00", "GBP")]


def test_a_clock_is_in_the_window_in_which_its_promise_was_kept_or_broken(connection):
    case(connection, "c")
    long_ago = NOW - 60 * DAY
    stand(
        connection,
        kept("c", sla="a", due_at=NOW, target_at=long_ago),
        kept("c", sla="b", due_at=long_ago, target_at=NOW),
        kept("c", sla="c", due_at=long_ago),
        kept("c", sla="d", due_at=NOW, cancelled_at=long_ago),
        kept("c", sla="e", due_at=NOW + DAY, lasts=90 * DAY),
    )
    assert [one.sla for one in read(connection).slas if one.clocks] == ["e"]
    assert read(connection, "all").clocks == 5


def test_the_trend_tells_each_day_and_the_week_before_the_window_counts_in_it(connection):
    case(connection, "c")
    day_one = datetime(2026, 3, 25, 15, tzinfo=UTC)
    stand(
        connection,
        kept("c", sla="before", target_at=day_one - DAY),
        kept("c", sla="met", target_at=day_one),
        kept("c", sla="late", due_at=day_one, target_at=NOW),
    )
    found = read(connection, "7d")
    assert found.trend[0].date.isoformat() == "2026-03-25"
    assert (found.trend[0].met, found.trend[0].late) == (1, 1)
    assert found.trend[0].attainment == 0.5
    assert found.trend[0].moving_attainment == 0.666667
    assert found.trend[-1].moving_attainment == 0.5
    assert found.attainment == 0.5
    assert len(found.trend) == 7


def test_the_window_before_is_as_long_and_ends_where_this_one_begins(connection):
    case(connection, "c")
    first, eve = datetime(2026, 3, 25, tzinfo=UTC), datetime(2026, 3, 24, 23, tzinfo=UTC)
    stand(
        connection,
        kept("c", sla="now", target_at=first),
        kept("c", sla="kept", target_at=eve),
        kept("c", sla="broken", due_at=eve - 6 * DAY, target_at=NOW),
        kept("c", sla="older", target_at=eve - 7 * DAY),
    )
    found = read(connection, "7d")
    assert (found.attainment, found.earlier.attainment) == (1.0, 0.5)
    assert found.earlier.burn > 1
    assert read(connection, "all").earlier is None


def test_each_objective_has_its_own_target_and_burns_its_own_budget(connection):
    case(connection, "c")
    stand(
        connection,
        kept("c", sla="strict", target_at=NOW),
        kept("c", sla="lax", due_at=NOW - DAY, target_at=NOW),
    )
    objectives = [objective("strict", attainment='"0.99"'), objective("lax", attainment='"0.75"')]
    found = read(connection, objectives=objectives)
    assert [(one.sla, one.burn) for one in found.slas] == [("lax", 4.0), ("strict", 0.0)]
    assert (found.target, found.burn) == (0.87, 3.846154)


def test_an_objective_no_longer_in_force_keeps_its_figures(connection):
    case(connection, "c")
    stand(connection, kept("c", sla="retired", target_at=NOW))
    found = {one.sla: one for one in read(connection).slas}
    assert found["retired"].met == 1
    assert found["retired"].title is None
    assert found["to-payment"].promised == "8 business hours"


def test_a_case_has_reached_its_stage_and_all_before_it(connection):
    case(connection, "a")
    case(connection, "b", stage="pay")
    case(connection, "c", stage="paid", state="completed")
    found = read(connection)
    assert [(one.stage, one.reached, one.waiting) for one in found.stages] == [
        ("submit", 3, 1),
        ("approve", 2, 0),
        ("pay", 2, 1),
        ("paid", 1, 0),
    ]
    assert [one.owner for one in found.stages] == ["desk", "desk", "treasury", "desk"]
    assert found.running_cases == 2


def test_a_stage_is_as_late_as_the_worst_open_clock_that_began_in_it(connection):
    for name in ("fine", "near", "late", "gone"):
        case(connection, name, stage="approve")
    case(connection, "both", stage="pay")
    warned = (NOW - HOUR, NOW + HOUR)
    stand(
        connection,
        kept("fine", warnings=(NOW + HOUR,)),
        kept("near", warnings=warned),
        kept("late", due_at=NOW - DAY, warnings=(NOW - 2 * DAY,)),
        kept("both", warnings=warned),
        kept("both", sla="to-money", due_at=NOW - DAY),
        kept("gone", due_at=NOW - DAY, target_at=NOW),
    )
    objectives = [objective(), objective("to-money", start="requested")]
    found = {one.stage: one for one in read(connection, objectives=objectives).stages}
    submit, approve, pay = found["submit"], found["approve"], found["pay"]
    assert (submit.reached, submit.on_track, submit.at_risk, submit.breached) == (5, 2, 2, 1)
    assert (pay.reached, pay.on_track, pay.breached) == (1, 0, 1)
    assert (approve.waiting, approve.waiting_at_risk, approve.waiting_breached) == (4, 1, 1)
    assert (pay.waiting, pay.waiting_at_risk, pay.waiting_breached) == (1, 0, 1)
    assert {one.sla: one.at_risk for one in read(connection).slas}["to-payment"] == 2


def test_a_case_that_has_been_silent_longer_than_the_window_is_still_late_where_it_stands(
    connection,
):
    case(connection, "stuck", stage="approve", last_at=NOW - 60 * DAY)
    stand(connection, kept("stuck", due_at=NOW - 50 * DAY, lasts=DAY))
    found = read(connection, "30d")
    submit, approve = found.stages[:2]
    assert (found.cases, found.running_cases, found.breached_now) == (0, 1, 1)
    assert (submit.reached, submit.breached) == (1, 1)
    assert (approve.waiting, approve.waiting_breached) == (1, 1)


def test_the_slowest_tenth_is_told_in_the_hours_of_the_calendar_against_the_promise(connection):
    case(connection, "c")
    monday = datetime(2026, 3, 30, 9, tzinfo=UTC)
    stand(
        connection,
        kept("c", due_at=monday + 8 * HOUR, lasts=8 * HOUR, target_at=monday + 4 * HOUR),
        kept("c", sla="days", due_at=monday + 40 * DAY, lasts=40 * DAY, target_at=monday + DAY),
    )
    days = objective("days", target="{business_days: 5}", calendar="office", start="approved")
    hours = objective("plain", target="{hours: 3}", start="requested")
    found = {
        one.stage: one for one in read(connection, objectives=[objective(), days, hours]).stages
    }
    assert (found["submit"].sla, found["submit"].p90_hours) == ("to-payment", 4.0)
    assert found["submit"].limit_hours == 8.0
    assert (found["approve"].p90_hours, found["approve"].limit_hours) == (8.0, 40.0)
    assert (found["pay"].sla, found["pay"].p90_hours) == (None, None)


def test_what_never_came_is_as_slow_as_it_is_late_by_now(connection):
    case(connection, "c")
    begun = NOW - 10 * HOUR
    stand(connection, kept("c", sla="plain", due_at=begun + 3 * HOUR, lasts=3 * HOUR))
    found = read(connection, objectives=[objective("plain", target="{hours: 3}")])
    assert found.stages[0].p90_hours == 10.0


def test_an_objective_whose_calendar_is_missing_has_no_pace(connection):
    case(connection, "c")
    stand(connection, kept("c", sla="odd", target_at=NOW))
    odd = objective("odd", target="{business_hours: 8}", calendar="unknown")
    assert read(connection, objectives=[odd]).stages[0].p90_hours is None


def test_health_is_json_with_amounts_as_text(connection):
    case(connection, "c")
    stand(connection, kept("c", due_at=NOW - DAY, amount=money("1234.505", "EUR")))
    plain = msgspec.json.decode(msgspec.json.encode(read(connection)))
    assert plain["as_of"] == "2026-03-31T12:00:00Z"
    assert plain["slas"][0]["money_absent"] == [{"currency": "EUR", "amount": "1234.50"}]
    assert Decimal(plain["slas"][0]["money_absent"][0]["amount"]) == Decimal("1234.50")
    assert plain["trend"][0]["date"] == "2026-03-02"


def test_a_process_too_large_to_be_read_is_told_nearly_the_same(connection, monkeypatch):
    for number in range(40):
        name = f"c{number}"
        case(connection, name, lasted=DAY + number * HOUR)
        met = {"target_at": NOW - 4 * DAY + number * HOUR} if number % 8 else {}
        stand(connection, kept(name, due_at=NOW - DAY, lasts=3 * DAY, **met))  # eight hours
    exact = read(connection)
    for limit in ("CASES", "CLOCKS", "STEPS"):
        monkeypatch.setattr(exact_stores, limit, 0)
    told = read(connection)
    assert told.duration.median_seconds == pytest.approx(exact.duration.median_seconds, rel=1 / 16)
    assert told.duration.p95_seconds == pytest.approx(exact.duration.p95_seconds, rel=1 / 16)
    for ours, known in zip(told.stages, exact.stages, strict=True):
        if known.p90_hours is not None:
            assert ours.p90_hours == pytest.approx(known.p90_hours, rel=1 / 8)
    apart = {"duration": exact.duration, "stages": exact.stages}
    assert msgspec.structs.replace(told, **apart) == exact
    assert read(connection, exact=True) == exact
