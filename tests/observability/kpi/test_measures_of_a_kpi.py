"""Measures as a KPI reads them are the sums of what the cases contributed, whole and in parts."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import Connection

from observability.kpi.series import Series
from observability.kpi.stores import told_apart, wholes
from observability.model.model import Measurement
from observability.rollup import stores
from observability.rollup.contribution import DAY_MICROS, Contribution, Kept
from observability.rollup.modelled import BY, MOVED, NAMED
from rules.money import money

TODAY = 20_000
BILLED = Measurement(measure="billed", field="amount")
OWED = Measurement(measure="owed", field="amount", until="paid_at")
PRACTICES = ("practice=Tax", "practice=Audit")
Told = Counter[tuple[int, str, str]]


def case(draw: Random, *, everywhere: bool) -> Kept:
    within = (draw.choice(PRACTICES),) if everywhere or draw.random() < 0.7 else ()
    kept: Kept = {name: [] for name in (NAMED + "billed", BY + "billed")}
    for name in (NAMED + "owed", MOVED + "owed", BY + "owed"):
        kept[name] = []
    for _ in range(draw.randint(0, 4)):
        at = (TODAY - draw.randint(0, 20)) * DAY_MICROS + draw.randint(0, DAY_MICROS - 1)
        one = Contribution(
            at=at, amount=money(f"{draw.randint(1, 900)}.05", draw.choice(["EUR", "GBP"]))
        )
        kept[NAMED + "billed"].append(one)
        kept[BY + "billed"].append(one._replace(of=("", *within)))
        kept[MOVED + "owed"].append(one._replace(of=("in",)))
        kept[BY + "owed"].append(one._replace(of=("in", *within)))
        kept[NAMED + "owed"].append(one)
        kept[BY + "owed"].append(one._replace(of=("open", *within)))
    return kept


def summed(those: Iterable[Contribution], kind: str, since: int) -> Counter[tuple[int, str, str]]:
    cents: Told = Counter()
    for one in those:
        assert one.at is not None
        assert one.amount is not None
        day = one.at // DAY_MICROS
        if day >= since:
            cents[day, one.of[0] if one.of else kind, one.amount.currency] += int(
                one.amount.amount * 100
            )
    return cents


def cents(series: Series) -> Told:
    found: Told = Counter()
    for one in series.sums:
        found[one.day, one.kind, one.money.currency] += int(one.money.amount * Decimal(100))
    assert sum(row.n for row in series.rows) == sum(one.n for one in series.sums)
    return found


@pytest.mark.parametrize("everywhere", [True, False])
@pytest.mark.parametrize("since", [None, TODAY - 7])
def test_a_measure_is_the_sum_of_what_cases_contributed(
    connection: Connection, *, since: int | None, everywhere: bool
):
    draw = Random(since or 3)
    cases = {f"i-{n}": case(draw, everywhere=everywhere) for n in range(50)}
    stores.keep(connection, {id_: ("cash", kept) for id_, kept in cases.items()})
    first = since or 0
    found = wholes(connection, "cash", [BILLED, OWED], since=since)
    named = {
        name: [one for kept in cases.values() for one in kept[name]]
        for name in (NAMED + "billed", NAMED + "owed", MOVED + "owed", BY + "billed", BY + "owed")
    }
    assert cents(found["billed"]) == summed(named[NAMED + "billed"], "", first)
    owed = summed(named[NAMED + "owed"], "open", first) + summed(named[MOVED + "owed"], "", first)
    assert cents(found["owed"]) == owed
    for measure in (BILLED, OWED):
        apart = told_apart(connection, "cash", measure, "practice", since=since)
        assert ("" in apart) is not everywhere
        for value, series in apart.items():
            part = {f"practice={value}"} if value else set()
            those = [one for one in named[BY + measure.measure] if set(one.of[1:]) == part]
            assert cents(series) == summed(those, "", first)
            if value:
                inside = wholes(
                    connection, "cash", [measure], since=since, within=("practice", value)
                )
                assert inside[measure.measure] == series
    assert wholes(connection, "elsewhere", [BILLED], since=since)["billed"].rows == ()
