"""A process's picture from its rollups is the picture of its cases."""

from datetime import UTC, datetime, timedelta
from unittest.mock import ANY

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from observability.instance.instance import CaseEvent, fold_instance, in_order
from observability.mining.picture import Picture, Spread, picture
from observability.mining.rolled_stores import whole_picture
from observability.mining.step import steps
from observability.rollup import stores
from observability.rollup.measure import Judged, RolledCase
from observability.rollup.measures import contributions
from observability.rollup.tables import case_rollup, rollup, rollup_amount, rollup_case
from observability.tables import STATE

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
TABLES = [rollup, rollup_amount, rollup_case, case_rollup]

event = st.tuples(
    st.sampled_from("abc"),
    st.integers(0, 10_000),
    st.sampled_from(["/psa", "/erp"]),
    st.sampled_from([None, "delivery", "finance"]),
    st.sampled_from([None, 0, 60_000_000]),
)


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


@settings(deadline=None)
@given(st.lists(st.lists(event, min_size=1, max_size=6), min_size=1, max_size=5))
def test_counts_and_sums_are_those_of_the_cases(drawn):
    cases = [case(one) for one in drawn]
    engine = create_engine("sqlite://")
    STATE.create_all(engine, tables=TABLES)
    with engine.begin() as connection:
        stores.keep(
            connection,
            {
                str(place): (
                    "p",
                    contributions(
                        RolledCase(
                            instance=fold_instance(str(place), "p", [str(place)], events),
                            events=events,
                            clocks=(),
                            judged=Judged(),
                        )
                    ),
                )
                for place, events in enumerate(cases)
            },
        )
        found = whole_picture(connection, "p")
    engine.dispose()
    assert found == without_quantiles(picture(steps(events, None) for events in cases))
