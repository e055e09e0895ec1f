"""Promises that a KPI reads are those of process health, of all objectives or of a few."""

from collections import Counter
from random import Random

import pytest
from sqlalchemy import Connection

from observability.health.stores import tallies
from observability.kpi.clock_stores import Promises, apart, ended
from observability.kpi.series import Series
from observability.rollup import figure_stores, stores
from observability.rollup.contribution import DAY_MICROS, Contribution
from observability.rollup.measures import ENDED, LATE
from observability.rollup.part_measures import promised

TODAY = 20_000
NOW = TODAY * DAY_MICROS + DAY_MICROS // 2
SLAS = ("billed", "billed-late", "paid_soon", "paidXsoon")


NOTHING = Series(standing=False, timed=False)
Kept = dict[str, list[Contribution]]


def clocks(draw: Random) -> Kept:
    def at(days: int) -> int:
        return NOW - draw.randint(-2 * DAY_MICROS, days * DAY_MICROS)

    over = [
        Contribution((draw.choice(SLAS), draw.choice(["met", "late", "cancelled"])), at=at(30))
        for _ in range(draw.randint(0, 5))
    ]
    waits = [
        Contribution((draw.choice(SLAS), "late", draw.choice(["running", ""]), "first", ""), at=one)
        for one in (NOW, NOW - 1, at(1), at(20))
        if draw.random() < 0.6
    ]
    return {ENDED: over, LATE: waits}


def drawn(since: int | None) -> list[tuple[tuple[str, ...], Kept]]:
    """Return the clocks of cases, each with the parts that it belongs to."""
    draw = Random(since or 0)
    parts = [(), ("practice=tax",), ("practice=audit", "region=north"), ("region=north",)]
    return [(draw.choice(parts), clocks(draw)) for _ in range(60)]


def keep(connection: Connection, process: str, cases: list[tuple[tuple[str, ...], Kept]]) -> None:
    named = enumerate(cases)
    kept = {f"{process}-{n}": (process, own | promised(parts, own)) for n, (parts, own) in named}
    stores.keep(connection, kept)


def of_health(connection: Connection, process: str, asked: Promises) -> Counter[int]:
    late = figure_stores.passed(connection, process, LATE, at=NOW, including=False)
    states = {"met"} if asked.told == "met" else {"late", "absent"}
    found = Counter[int]()
    for one in tallies(connection, process, late, since=asked.since):
        meant = asked.slas == ("*",) or one.sla in asked.slas
        if meant and one.day is not None and one.state in states:
            found[one.day] += one.clocks
    return found


def counted(series: Series) -> Counter[int]:
    found = Counter[int]()
    for row in series.rows:
        found[row.day] += row.n
    return found


@pytest.mark.parametrize("since", [None, TODAY - 9, TODAY, TODAY + 1])
def test_what_a_kpi_reads_of_promises_is_what_health_says_of_them(
    connection: Connection, since: int | None
):
    cases = drawn(since)
    keep(connection, "cash", cases)
    keep(connection, "tax", [one for one in cases if "practice=tax" in one[0]])
    keep(connection, "rest", [one for one in cases if "practice" not in str(one[0])])
    for slas in (("*",), ("billed",), ("paid_soon", "billed-late")):
        for told in ("met", "missed"):
            asked = Promises(slas, told, since, NOW)
            assert counted(ended(connection, "cash", asked)) == of_health(connection, "cash", asked)
            of_tax = of_health(connection, "tax", asked)
            assert counted(ended(connection, "cash", asked, "practice=tax")) == of_tax
            found = apart(connection, "cash", asked, "practice")
            assert counted(found.get("tax", NOTHING)) == of_tax
            assert counted(found.get("", NOTHING)) == of_health(connection, "rest", asked)


def test_nothing_is_left_of_the_parts_of_cases_that_moved_on(connection: Connection):
    cases = drawn(None)
    keep(connection, "cash", cases)
    keep(connection, "cash", [((), own) for _, own in cases])
    asked = Promises(("*",), "missed", None, NOW)
    assert list(apart(connection, "cash", asked, "practice")) == [""]
    assert ended(connection, "cash", asked, "practice=tax").rows == ()
