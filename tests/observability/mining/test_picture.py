"""What a group of cases looks like, and how two of them differ."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walking import walked

from observability.instance.instance import CaseEvent
from observability.mining.bottleneck import bottlenecks
from observability.mining.comparison import compare
from observability.mining.picture import Picture, picture
from observability.mining.step import passages, steps
from observability.model.model import Activity, ProcessModel, Stage

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR = 3600.0
HOUR_MICROS = 3_600_000_000


class Taken(msgspec.Struct):
    activity: str
    occurred_at: datetime
    source: str = "/psa"
    performer: str | None = None
    duration_us: int | None = None


def case(
    *taken: tuple[str, float], team: str | None = None, system: str = "/psa"
) -> list[CaseEvent]:
    return [
        event(place, activity, hours, performer=team, source=system)
        for place, (activity, hours) in enumerate(taken)
    ]


def event(place: int, activity: str, hours: float, **said: Any) -> CaseEvent:
    return CaseEvent(
        occurred_at=START + timedelta(hours=hours),
        sequence=place,
        event_id=str(place),
        activity=activity,
        type="t",
        **{"source": "/psa"} | said,
    )


def drawn_of(cases: list[list[CaseEvent]]) -> Picture:
    return picture(map(walked, cases))


def test_who_takes_a_step_is_said_by_the_event_else_by_the_stage():
    model = ProcessModel(
        process="p",
        version="1.0.0",
        title="P",
        owner="office",
        activities=(
            Activity(activity="submit", stage="time", system="psa"),
            Activity(activity="bill", stage="cash"),
            Activity(activity="post"),
        ),
        stages=(Stage(stage="time", owner="delivery"), Stage(stage="cash")),
    )
    events = [
        Taken("submit", START),
        Taken("submit", START, performer="consultants"),
        Taken("bill", START, source="/erp"),
        Taken("post", START),
        Taken("strange", START),
    ]
    told = [(one.team, one.system) for one in steps(events, model)]
    assert told == [
        ("delivery", "psa"),
        ("consultants", "psa"),
        (None, "/erp"),
        (None, "/psa"),
        (None, "/psa"),
    ]


@pytest.mark.parametrize(
    ("hours", "working"), [(None, None), (1, 1), (9, 4), (0, 0)], ids=["unsaid", "1", "9", "0"]
)
def test_working_is_what_the_later_step_says_and_never_longer_than_the_passage(hours, working):
    worked = None if hours is None else hours * 3_600_000_000
    later = START + timedelta(hours=4)
    (passage,) = passages(steps([Taken("a", START), Taken("b", later, duration_us=worked)], None))
    assert passage.working == (None if working is None else working * HOUR_MICROS)


def test_repeats_are_told_apart_into_loops_and_returns():
    drawn = drawn_of([case(("a", 0), ("a", 1), ("b", 2), ("a", 3)), case(("a", 0), ("b", 1))])
    one = next(each for each in drawn.activities if each.activity == "a")
    assert (one.events, one.cases, one.reworked, one.repeats, one.self_loops) == (4, 2, 1, 2, 1)
    assert (drawn.cases, drawn.events, drawn.reworked, drawn.repeats) == (2, 6, 1, 2)


def test_work_that_stays_in_a_team_is_no_hand_over():
    one = case(("a", 0), ("b", 2), team="delivery")
    other = case(("c", 5), ("d", 9), team="finance", system="/erp")
    drawn = drawn_of([one + other])
    told = [(each.kind, each.source, each.target, each.took) for each in drawn.handovers]
    assert [each[:3] for each in told] == [
        ("system", "/psa", "/erp"),
        ("team", "delivery", "finance"),
    ]
    assert all(each[3].median_seconds == 3 * HOUR for each in told)


def test_the_worst_bottleneck_is_where_most_waiting_is_not_where_one_waits_longest():
    often = [case(("a", 0), ("b", 3)) for _ in range(10)]
    seldom = [case(("b", 0), ("c", 20))]
    first, second = bottlenecks(drawn_of([*often, *seldom]))
    assert (first.source, first.target, first.waiting_seconds) == ("a", "b", 30 * HOUR)
    assert (second.share, second.median_seconds) == (0.4, 20 * HOUR)


def test_reported_work_is_not_waiting():
    done = [event(1, "a", 0), event(2, "b", 8, duration_us=6 * HOUR_MICROS), event(3, "c", 9)]
    found = {one.target: one for one in bottlenecks(drawn_of([done]))}
    assert (found["b"].waiting_seconds, found["b"].working_seconds) == (2 * HOUR, 6 * HOUR)
    assert (found["b"].timed, found["c"].timed) == (1, 0)


def test_nothing_looks_like_nothing():
    drawn = drawn_of([])
    assert (drawn.cases, drawn.duration, bottlenecks(drawn)) == (0, None, ())
    assert compare(drawn, drawn_of([case(("a", 0))])).adds_seconds is None


taken = st.tuples(st.sampled_from("abcd"), st.floats(0, 100).map(lambda hours: round(hours, 2)))
group = st.lists(st.lists(taken, min_size=1, max_size=6), min_size=1, max_size=8).map(
    lambda cases: [case(*sorted(one, key=lambda each: each[1])) for one in cases]
)


@given(left=group, right=group)
def test_what_the_ways_add_is_the_whole_difference_of_the_mean_durations(left, right):
    found = compare(drawn_of(left), drawn_of(right))
    mean = [
        sum((one[-1].occurred_at - one[0].occurred_at).total_seconds() for one in side) / len(side)
        for side in (left, right)
    ]
    assert found.adds_seconds == pytest.approx(mean[1] - mean[0], abs=1e-3)
    assert sum(one.adds_seconds for one in found.ways) == pytest.approx(mean[1] - mean[0], abs=1e-3)


def test_a_comparison_of_few_cases_says_so():
    few, many = drawn_of([case(("a", 0))] * 29), drawn_of([case(("a", 0))] * 30)
    assert not compare(few, many).enough
    assert compare(many, many).enough
