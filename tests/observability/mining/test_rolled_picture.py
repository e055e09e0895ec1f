"""A process's picture from its rollups is the picture of its cases."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from unittest.mock import ANY

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine
from walking import contributed, walked

from observability.instance.instance import CaseEvent, in_order
from observability.mining import rolled_stores
from observability.mining.picture import Activity, Picture, Spread, picture, spread
from observability.mining.rolled_stores import RolledPictures
from observability.mining.segment import Segment
from observability.mining.step import Step, passages, steps
from observability.rollup import stores
from observability.rollup.tables import case_rollup, rollup, rollup_amount, rollup_case
from observability.tables import STATE

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
MIDNIGHT = START.replace(hour=0)
TABLES = [rollup, rollup_amount, rollup_case, case_rollup]

event = st.tuples(
    st.sampled_from("abc"),
    st.integers(0, 10_000),
    st.sampled_from(["/psa", "/erp"]),
    st.sampled_from([None, "delivery", "finance"]),
    st.sampled_from([None, 0, 60_000_000]),
)
groups = st.lists(st.lists(event, min_size=1, max_size=6), min_size=1, max_size=5)


def case(drawn: list[tuple[str, int, str, str | None, int | None]]) -> list[CaseEvent]:
    return in_order(
        CaseEvent(
            occurred_at=START + timedelta(minutes=minutes),
            sequence=place,
            event_id=str(place),
            source=source,
            activity=activity,
            type="t",
            performer=performer,
            duration_us=duration,
        )
        for place, (activity, minutes, source, performer, duration) in enumerate(drawn)
    )


def summed(value: Spread | None) -> Spread | None:
    """Return *value* without its quantiles, of which a rollup keeps the bucket."""
    if value is None:
        return None
    total = pytest.approx(value.total_seconds)
    return Spread(count=value.count, total_seconds=total, median_seconds=ANY, p95_seconds=ANY)


def without_quantiles(drawn: Picture) -> Picture:
    replace = msgspec.structs.replace
    return replace(
        drawn,
        duration=summed(drawn.duration),
        ways=tuple(replace(one, took=summed(one.took)) for one in drawn.ways),
        handovers=tuple(replace(one, took=summed(one.took)) for one in drawn.handovers),
    )


@pytest.fixture(scope="module")
def empty() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    STATE.create_all(engine, tables=TABLES)
    yield engine
    engine.dispose()


@contextmanager
def keeping(empty: Engine, cases: Iterable[list[CaseEvent]]) -> Iterator[Connection]:
    """Keep what *cases* contribute for the length of the block."""
    kept = {str(place): ("p", contributed(one)) for place, one in enumerate(cases)}
    with empty.connect() as connection:
        stores.keep(connection, kept)
        yield connection
        connection.rollback()


@settings(deadline=None, max_examples=50)
@given(groups)
def test_counts_and_sums_are_those_of_the_cases(empty, drawn):
    cases = [case(one) for one in drawn]
    with keeping(empty, cases) as connection:
        found = RolledPictures(connection, "p").whole()
    assert found == without_quantiles(picture(map(walked, cases)))


@settings(deadline=None, max_examples=30)
@given(groups, st.integers(-1, 8), st.integers(-1, 8), st.sampled_from([2, 92]))
def test_of_the_cases_that_began_on_some_days_counts_and_sums_are_theirs(
    empty, drawn, first, last, most
):
    cases = [case(one) for one in drawn]
    since, until = (MIDNIGHT + timedelta(days=one) for one in (first, last))
    with keeping(empty, cases) as connection, pytest.MonkeyPatch.context() as patched:
        patched.setattr(rolled_stores, "DAYS", most)
        for segment in (
            Segment(since=since),
            Segment(until=until),
            Segment(since=since, until=until),
        ):
            found = RolledPictures(connection, "p").of_days(segment)
            those = [
                walked(one)
                for one in cases
                if (segment.since is None or segment.since <= one[0].occurred_at)
                and (segment.until is None or one[0].occurred_at < segment.until)
            ]
            if found is not None:
                assert found == without_quantiles(picture(those))
                assert close(found, picture(those))
            else:
                assert most == 2


def close(told: Picture, exact: Picture) -> bool:
    """Whether what is told from buckets is at most a quarter off, among the values themselves."""
    pairs = zip(told.ways, exact.ways, strict=True)
    return all(
        one.took.count > 1
        or one.took.median_seconds == pytest.approx(other.took.median_seconds, rel=0.25, abs=0.02)
        for one, other in pairs
    )


def test_a_part_of_a_day_is_not_told_from_days(empty):
    with keeping(empty, [case([("a", 0, "/psa", None, None)])]) as connection:
        for segment in (Segment(since=START), Segment(attribute="client", value="Acme")):
            assert RolledPictures(connection, "p").of_days(segment) is None
        assert RolledPictures(connection, "p").of_days(Segment(until=MIDNIGHT)).cases == 0
        assert RolledPictures(connection, "p").of_days(Segment(since=MIDNIGHT)).cases == 1


@settings(deadline=None)
@given(groups)
def test_what_the_cases_contributed_shows_what_their_events_show(drawn):
    cases = [steps(case(one), None) for one in drawn]
    ways, handed, worked = (defaultdict[tuple[str, ...], list[int]](list) for _ in range(3))
    for passage in chain.from_iterable(map(passages, cases)):
        source, target = passage.source, passage.target
        ways[source.activity, target.activity].append(passage.took)
        if passage.working is not None:
            worked[source.activity, target.activity].append(passage.working)
        if source.team and target.team and source.team != target.team:
            handed["team", source.team, target.team].append(passage.took)
        if source.system != target.system:
            handed["system", source.system, target.system].append(passage.took)
    found = picture(walked(case(one)) for one in drawn)
    assert {(one.source, one.target): one.took for one in found.ways} == spreads(ways)
    assert {(one.kind, one.source, one.target): one.took for one in found.handovers} == spreads(
        handed
    )
    assert {
        (one.source, one.target): (one.timed, one.working_seconds)
        for one in found.ways
        if one.timed
    } == {way: (len(times), sum(times) / 1e6) for way, times in worked.items()}
    assert found.duration == spread(one[-1].at - one[0].at for one in cases)
    assert {one.activity: one for one in found.activities} == activities(cases)
    assert (found.cases, found.events) == (len(cases), sum(map(len, cases)))
    assert found.repeats == sum(one.repeats for one in found.activities)
    assert found.reworked == sum(len({step.activity for step in one}) < len(one) for one in cases)


def spreads(times: Mapping[tuple[str, ...], list[int]]) -> dict[tuple[str, ...], Spread]:
    return {name: spread(those) for name, those in times.items()}


def activities(cases: list[list[Step]]) -> dict[str, Activity]:
    counted = [Counter(step.activity for step in one) for one in cases]
    loops = Counter(
        passage.source.activity
        for passage in chain.from_iterable(map(passages, cases))
        if passage.source.activity == passage.target.activity
    )
    return {
        name: Activity(
            activity=name,
            events=sum(one[name] for one in counted),
            cases=sum(name in one for one in counted),
            reworked=sum(one[name] > 1 for one in counted),
            repeats=sum(max(one[name] - 1, 0) for one in counted),
            self_loops=loops[name],
        )
        for name in {name for one in counted for name in one}
    }
