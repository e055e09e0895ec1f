"""Promises that a KPI reads are those of process health, of all objectives or of a few."""

from collections import Counter
from random import Random

import pytest
from sqlalchemy import Connection

from observability.health.stores import tallies
from observability.kpi import clock_stores
from observability.rollup import figure_stores, stores
from observability.rollup.contribution import DAY_MICROS, Contribution
from observability.rollup.measures import ENDED, LATE

TODAY = 20_000
NOW = TODAY * DAY_MICROS + DAY_MICROS // 2
SLAS = ("billed", "billed-late", "paid_soon", "paidXsoon")


def clocks(draw: Random, number: int) -> tuple[str, dict[str, list[Contribution]]]:
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
    return "cash" if number % 5 else "other", {ENDED: over, LATE: waits}


@pytest.mark.parametrize("since", [None, TODAY - 9, TODAY, TODAY + 1])
def test_what_a_kpi_reads_of_promises_is_what_health_says_of_them(
    connection: Connection, since: int | None
):
    draw = Random(since or 0)
    stores.keep(connection, {f"i-{number}": clocks(draw, number) for number in range(60)})
    late = figure_stores.passed(connection, "cash", LATE, at=NOW, including=False)
    every = tallies(connection, "cash", late, since=since)
    for slas in (("*",), ("billed",), ("paid_soon", "billed-late")):
        for told, states in (("met", {"met"}), ("missed", {"late", "absent"})):
            wanted = Counter[int]()
            for one in every:
                meant = slas == ("*",) or one.sla in slas
                if meant and one.day is not None and one.state in states:
                    wanted[one.day] += one.clocks
            series = clock_stores.ended(connection, "cash", slas, told, since=since, at=NOW)
            found = Counter[int]()
            for row in series.rows:
                found[row.day] += row.n
            assert found == wanted
