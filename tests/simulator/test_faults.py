"""Whatever the pack promises to find, a fault of the simulated firm puts to the test."""

from collections import defaultdict

from injecting import CONTROLS, GATES, finders, told

from controlplane.pack.shipped import shipped_folder
from controlplane.simulator.faults import FAULTS
from controlplane.simulator.truth import CLOCK, EXCEPTION
from controlplane.simulator.working import PACK


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


def test_every_gate_and_every_control_is_put_to_the_test() -> None:
    assert (len(GATES), len(CONTROLS)) == (42, 19)
    for promise, faults in (GATES | CONTROLS).items():
        assert faults, promise
        assert [one for one in faults if not finders()[one]] == [], promise
