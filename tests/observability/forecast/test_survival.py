"""How long promises take, told from those that ended and those that still run."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from observability.forecast.history import ENOUGH, History, Walked
from observability.forecast.survival import Lasted, survival


def kept(*used: float) -> list[Lasted]:
    return [Lasted(used=one, kept=True) for one in used]


def running(*used: float) -> list[Lasted]:
    return [Lasted(used=one, kept=False) for one in used]


def test_without_running_ones_it_is_the_plain_share():
    curve = survival(kept(0.2, 0.4, 0.6, 1.2))
    assert (curve.sample, curve.at(0.5), curve.at(1.0)) == (4, 0.5, 0.25)
    assert (curve.when(0.5), curve.when(0.1)) == (0.4, 1.2)


def test_the_textbook_example_with_censored_lives():
    """Freireich et al. 1963, the treated group, in weeks: Kaplan-Meier as published."""
    curve = survival(
        [
            *kept(6, 6, 6, 7, 10, 13, 16, 22, 23),
            *running(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35),
        ]
    )
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert {at: round(curve.at(at), 3) for at in published} == published


def test_from_a_point_reached_only_those_count_that_reached_it():
    curve = survival(kept(0.2, 0.4, 0.6, 1.2), since=0.4)
    assert (curve.sample, curve.at(1.0)) == (2, 0.5)


lives = st.lists(st.tuples(st.floats(0.01, 2), st.booleans()), min_size=1, max_size=30).map(
    lambda drawn: [Lasted(used=round(used, 2), kept=ended) for used, ended in drawn]
)


@given(lives, st.randoms())
def test_a_curve_only_falls_and_the_order_does_not_matter(
    past: list[Lasted], chance: random.Random
):
    curve = survival(past)
    assert list(curve.left) == sorted(curve.left, reverse=True)
    shuffled = list(past)
    chance.shuffle(shuffled)
    assert survival(shuffled) == curve


def walk(used: float, step: str, kind: str = "5 days|office", count: int = 1) -> list[Walked]:
    return [Walked(lasted=Lasted(used=used, kept=True), kind=kind, path=((0.0, step),))] * count


def test_a_clock_is_likened_to_those_that_came_as_far():
    history = History(
        walked=(*walk(0.5, "approved", count=ENOUGH), *walk(1.5, "rejected", count=ENOUGH))
    )
    approved = history.outlook(used=0.1, kind="5 days|office", step="approved", weekday=0)
    rejected = history.outlook(used=0.1, kind="5 days|office", step="rejected", weekday=0)
    assert approved is not None
    assert rejected is not None
    assert (approved.chance, approved.like, approved.sample) == (0, "promise and step", ENOUGH)
    assert (rejected.chance, rejected.half) == (1, 1.5)


def test_what_is_paid_on_mondays_waits_by_the_day_on_which_it_was_asked_for():
    """Asked for on Monday it misses the run and breaks, on Tuesday it does not."""
    late, early = walk(1.5, "asked", count=ENOUGH), walk(0.9, "asked", count=ENOUGH)
    history = History(walked=(*late, *(replace(one, weekday=1) for one in early)))
    told = [
        history.outlook(used=0.1, kind="5 days|office", step="asked", weekday=day)
        for day in (0, 1, 2)
    ]
    assert [one and (one.chance, one.like) for one in told] == [
        (1, "promise and step and weekday"),
        (0, "promise and step and weekday"),
        (0.5, "promise and step"),
    ]


def test_where_the_day_of_the_week_makes_no_difference_all_days_count():
    some = walk(0.5, "asked", count=ENOUGH) + walk(1.5, "asked", count=ENOUGH)
    history = History(walked=(*some, *(replace(one, weekday=1) for one in (*some, *some[:4]))))
    found = history.outlook(used=0.1, kind="5 days|office", step="asked", weekday=1)
    assert found is not None
    assert (found.like, found.sample) == ("promise and step", 4 * ENOUGH + 4)


def test_with_too_few_alike_it_is_likened_to_all_of_the_objective_and_below_that_to_none():
    history = History(walked=(*walk(0.5, "a", count=20), *walk(1.5, "b", kind="x|y", count=20)))
    found = history.outlook(used=0.1, kind="5 days|office", step="a", weekday=0)
    assert found is not None
    assert (found.like, found.sample, found.chance) == ("objective", 40, 0.5)
    few = History(walked=tuple(walk(0.5, "a", count=ENOUGH - 1)))
    assert few.outlook(used=0.1, kind="5 days|office", step="a", weekday=0) is None


def test_of_promises_that_are_all_younger_than_their_deadline_nothing_is_foretold():
    """Those kept early are known, those that will break are not yet: half seem to."""
    young = [
        Walked(lasted=Lasted(used=0.3, kept=number % 2 == 0, due=False), kind="30 days|")
        for number in range(4 * ENOUGH)
    ]
    assert (
        History(walked=tuple(young)).outlook(used=0.1, kind="30 days|", step="", weekday=0) is None
    )
    grown = [Walked(lasted=Lasted(used=0.3, kept=True), kind="30 days|")] * ENOUGH
    found = History(walked=(*young, *grown)).outlook(used=0.1, kind="30 days|", step="", weekday=0)
    assert found is not None
    assert found.sample == 5 * ENOUGH


def test_of_one_that_outran_all_like_it_nothing_is_known():
    history = History(walked=tuple(walk(0.52, "a", count=ENOUGH)))
    assert history.outlook(used=0.54, kind="5 days|office", step="a", weekday=0) is None


@pytest.mark.parametrize(("used", "step"), [(0.05, ""), (0.1, "a"), (0.3, "a"), (0.9, "b")])
def test_a_step_is_the_last_one_taken(used: float, step: str):
    one = Walked(lasted=Lasted(used=1.0, kept=True), kind="k", path=((0.1, "a"), (0.5, "b")))
    assert one.step(used) == step
