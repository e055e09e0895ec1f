"""Whatever the pack promises to find, a fault of the simulated firm puts to the test."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from controlplane.pack.shipped import shipped_folder
from controlplane.simulator.engagement import agree
from controlplane.simulator.faults import FAULTS, OF_MONTHS
from controlplane.simulator.firm import found_firm
from controlplane.simulator.life import live_through
from controlplane.simulator.months import month_ends
from controlplane.simulator.truth import CLOCK, EXCEPTION, Injected
from controlplane.simulator.working import PACK, london

DEALS = (datetime(2026, 1, 14, 10, tzinfo=UTC), datetime(2026, 3, 4, 10, tzinfo=UTC))
SEED = 7
LIVES = 4


@cache
def told() -> list[Injected]:
    """What is told to go wrong in some engagements of each fault, and in the months of a year."""
    return [*_of_engagements(), *_of_months()]


def _of_engagements() -> Iterator[Injected]:
    firm = found_firm(SEED)
    for fault in (*FAULTS, *[None] * LIVES):
        for number in range(LIVES * len(DEALS)):
            deal = DEALS[number % len(DEALS)]
            yield from live_through(
                agree(firm, number, deal, fault), SEED, london(), outages=True
            ).injected


def _of_months() -> Iterator[Injected]:
    firm = found_firm(SEED)
    for month in range(1, 13):
        for fault in OF_MONTHS:
            day = datetime(2026, month, 1, tzinfo=UTC).date()
            those = month_ends(firm, day, london(), (fault,))
            yield from (one for one in those if isinstance(one, Injected))


def found_by() -> dict[str, set[str]]:
    """Return the faults that each rule and each SLA has to find."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in told():
        for each in one.finds:
            if each.kind in {EXCEPTION, CLOCK}:
                found[each.name].add(one.fault)
                found[each.object.partition(":")[0]].add(one.fault)
    return found


def shipped(kind: str, *, files: str = "*.yaml") -> set[str]:
    folder = shipped_folder(PACK)
    assert folder is not None
    return {path.stem for path in (folder / kind).glob(files)} - {"ruleset"}


def test_every_rule_of_the_pack_has_a_fault_that_it_must_find() -> None:
    rules = shipped("rules", files="*/*.yaml")
    assert len(rules) > 100
    assert sorted(rules - found_by().keys()) == []


def test_every_promise_of_the_pack_is_broken_by_a_fault() -> None:
    assert sorted(shipped("slas") - found_by().keys()) == []


def test_every_fault_has_something_that_must_find_it() -> None:
    assert sorted(set(FAULTS) - {one.fault for one in told() if one.finds}) == []
