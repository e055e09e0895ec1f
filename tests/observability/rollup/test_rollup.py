"""What a case contributes, and what many come to."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, select

from observability.health.quantile import quantile
from observability.rollup import figure_stores, stores
from observability.rollup.contribution import UNTOLD, Contribution, Kept, bounds, bucket
from observability.rollup.figure_stores import Figure
from observability.rollup.quantile import quantile_of
from observability.rollup.tables import case_rollup, rollup, rollup_amount, rollup_case
from observability.tables import STATE
from rules.instant import to_micros
from rules.money import money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONDAY = to_micros(NOON) // 86_400_000_000
SECOND = 1_000_000


def euros(amount: str) -> object:
    return money(amount, "EUR")


def late_at(at: datetime, *of: str, amount: str | None = None) -> Contribution:
    worth = None if amount is None else euros(amount)
    return Contribution(of or ("paid",), at=to_micros(at), amount=worth)


def keep(connection: Connection, **cases: Kept) -> None:
    stores.keep(connection, {name: ("cash", kept) for name, kept in cases.items()})


@contextmanager
def scratch() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    STATE.create_all(engine, tables=[rollup, rollup_amount, rollup_case, case_rollup])
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def everything(connection: Connection) -> list[object]:
    tables = (rollup, rollup_amount, rollup_case, case_rollup)
    return [sorted(map(tuple, connection.execute(select(one)).all())) for one in tables]


@given(st.integers(0, 10**18))
def test_a_duration_lies_within_its_bucket_and_a_bucket_is_a_sixteenth_wide(value):
    low, high = bounds(bucket(value))
    assert low <= value < high
    assert (high - low) * 16 <= max(low, 16_000)


def test_buckets_follow_each_other_without_a_gap():
    places = range(1, 700)
    assert [bounds(one)[1] for one in places[:-1]] == [bounds(one)[0] for one in places[1:]]
    assert bucket(None) == UNTOLD
    assert bucket(-5) == bucket(0) == 1


def test_what_cases_contribute_is_counted_by_day_and_of_all_time(connection):
    keep(
        connection,
        a={"lasted": [Contribution(at=to_micros(NOON), value=SECOND)], "paused": [Contribution()]},
        b={"lasted": [Contribution(at=to_micros(NOON + DAY), value=SECOND)]},
    )
    assert figure_stores.figures(connection, "cash", "lasted", since=MONDAY + 1) == [
        Figure(of=(), day=MONDAY + 1, n=1, quantity=0)
    ]
    assert figure_stores.histogram(connection, "cash", "lasted") == {(): {bucket(SECOND): 2}}
    assert [one.n for one in figure_stores.ever(connection, "cash", "paused")] == [1]


def test_a_case_that_is_folded_anew_takes_back_what_it_gave_before(connection):
    keep(connection, b={"worked": [late_at(NOON, "quote", "running")]})
    alone = everything(connection)
    keep(connection, a={"worked": [late_at(NOON, "quote", "running")]})
    keep(connection, a={"worked": [late_at(NOON + DAY, "billing", "over")]})
    assert [one.of for one in figure_stores.figures(connection, "cash", "worked")] == [
        ("quote", "running"),
        ("billing", "over"),
    ]
    stores.forget(connection, ["a"])
    assert everything(connection) == alone


def test_nothing_is_left_of_cases_that_are_no_more(connection):
    told = {"late": [late_at(NOON, amount="10.10")], "standing": [Contribution(("quote",))]}
    keep(connection, a=told, b=told)
    stores.forget(connection, ["a", "b"])
    assert everything(connection) == [[], [], [], []]


def test_amounts_are_summed_to_the_last_digit_and_nought_stays_an_amount(connection):
    exact = "12345678901234567890.123456789"
    keep(connection, a={"late": [late_at(NOON, amount=exact)]}, b={"late": [late_at(NOON)]})
    keep(connection, c={"late": [late_at(NOON, amount="0.000000001")]})
    [found] = figure_stores.amounts(connection, "cash", "late")
    assert (found.n, found.money) == (2, euros("12345678901234567890.12345679"))
    keep(connection, a={}, c={"late": [late_at(NOON, amount="0.00")]})
    [found] = figure_stores.amounts(connection, "cash", "late")
    assert (found.n, found.money.amount) == (1, Decimal(0))


def test_a_case_moves_with_its_process(connection):
    told = {"variant": [Contribution(("v",))]}
    stores.keep(connection, {"a": ("cash", told)})
    stores.keep(connection, {"a": ("claims", told)})
    assert figure_stores.ever(connection, "cash", "variant") == []
    assert [one.n for one in figure_stores.ever(connection, "claims", "variant")] == [1]


@pytest.mark.parametrize(
    ("at", "late", "blocked"),
    [
        (NOON - DAY, 0, 0),
        (NOON, 1, 5),
        (NOON + timedelta(microseconds=1), 2, 15),
        (NOON + DAY, 2, 15),
        (NOON + DAY + 2 * HOUR, 3, 15),
    ],
)
def test_what_counts_from_an_instant_on_is_told_as_of_any_instant(connection, at, late, blocked):
    keep(
        connection,
        a={"late": [late_at(NOON - HOUR, amount="5")]},
        b={"late": [late_at(NOON, amount="10")]},
        c={"late": [late_at(NOON + DAY + HOUR)]},
    )
    found = figure_stores.passed(connection, "cash", "late", at=to_micros(at), including=False)
    assert sum(one.n for one in found.figures) == late
    assert found.waiting["paid",] == 3 - late
    assert sum(one.money.amount for one in found.amounts) == blocked


def test_two_clocks_of_a_case_that_run_out_together_are_two(connection):
    keep(connection, a={"late": [late_at(NOON, amount="5"), late_at(NOON, amount="7")]})
    found = figure_stores.passed(connection, "cash", "late", at=to_micros(NOON))
    assert [(one.n, one.money) for one in found.amounts] == [(2, euros("12"))]
    keep(connection, a={"late": [late_at(NOON, amount="7")]})
    found = figure_stores.passed(connection, "cash", "late", at=to_micros(NOON))
    assert [(one.n, one.money) for one in found.amounts] == [(1, euros("7"))]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.lists(
                st.tuples(st.integers(0, 3), st.sampled_from(["", "1.5", "2.25"])), max_size=3
            ),
        ),
        max_size=8,
    )
)
def test_rollups_follow_from_what_stands_whatever_came_before(steps):
    def contributed(hours: list[tuple[int, str]]) -> Kept:
        return {"late": [late_at(NOON + h * 6 * HOUR, amount=a or None) for h, a in hours]}

    with scratch() as connection:
        for name, hours in steps:
            keep(connection, **{name: contributed(hours)})
        found = everything(connection)
    with scratch() as connection:
        keep(connection, **{name: contributed(hours) for name, hours in dict(steps).items()})
        assert found == everything(connection)


def test_a_median_told_from_buckets_is_within_a_sixteenth_of_the_exact_one():
    taken = sorted(random.Random(7).choices(range(1, 10**12, 9_999_991), k=5_000))
    for share in (0.5, 0.9, 0.95):
        exact = quantile(taken, share)
        told = quantile_of(Counter(map(bucket, taken)), share)
        assert abs(told - exact) <= exact / 16
    assert quantile_of({}, 0.5) is None


def test_the_last_of_the_buckets_answers_for_the_slowest():
    assert quantile_of({bucket(SECOND): 3}, 1.0) <= bounds(bucket(SECOND))[1]
