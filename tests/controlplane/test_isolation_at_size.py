"""A thousand cases and a thousand questions are in flight while rule processes die of some."""

import statistics
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import deadly
import pytest
from deadly import MARKS
from house import House, opened
from sqlalchemy import select
from timework import approved, furnish

from controlplane.database import Databases, reading
from controlplane.ruleprocess import held_stores, nursery
from controlplane.ruleprocess.supervisor import RuleProcesses
from governance.decision.stores import latest_of_instance
from observability.tables import instance

pytestmark = pytest.mark.soak
IN_FLIGHT = 1_000
A_BATCH = 250
CALLERS = 8
BUSY = 503
PLACES = {IN_FLIGHT * (2 * at + 1) // (2 * len(MARKS)): mark for at, mark in enumerate(MARKS)}
DECISIONS = "/v1/decisions/time-billing"


class Firm:
    """A house whose worker and whose gate have a rule process each."""

    def __init__(self, house: House, worker: RuleProcesses, gate: RuleProcesses) -> None:
        self.house, self.worker, self.gate = house, worker, gate

    @property
    def recoveries(self) -> list[float]:
        return [*self.worker.pool.recoveries, *self.gate.pool.recoveries]


@pytest.fixture
def firm(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Firm]:
    monkeypatch.setattr(nursery, "run", deadly.run)
    monkeypatch.setattr("house.PATIENCE_SECONDS", 300)
    limits = {"batch_seconds": 60, "processor_seconds": 0.5, "memory_bytes": 400 * 1024**2}
    with ExitStack() as stack:
        worker, gate = (
            stack.enter_context(RuleProcesses(1, load_seconds=60, **limits)) for _ in range(2)
        )
        house = stack.enter_context(opened(databases, tmp_path, decider=worker, gate=gate))
        furnish(house)
        yield Firm(house, worker, gate)


def given(number: int) -> dict[str, Any]:
    """Return what a deadly timesheet says besides: its rate, so that no rule holds of it."""
    return {"rate": PLACES[number]} if number in PLACES else {}


def post(house: House, first: int) -> None:
    numbers = range(first, first + A_BATCH)
    house.send(*(approved(str(one), f"E-{one}", **given(one)) for one in numbers))


def ask(house: House, number: int) -> dict[str, Any]:
    fact = {"timesheet": f"T-{number}", "timesheet_id": f"T-{number}", **given(number)}
    answer = house.http.post(DECISIONS, json={"facts": [fact]})
    while answer.status_code == BUSY:  # on a loaded machine: whoever is told so asks again
        answer = house.http.post(DECISIONS, json={"facts": [fact]})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_every_decision_is_answered_rightly_while_rule_processes_die(
    firm: Firm, capsys: pytest.CaptureFixture[str]
) -> None:
    with ThreadPoolExecutor(CALLERS) as pool:
        posted = [pool.submit(post, firm.house, at) for at in range(0, IN_FLIGHT, A_BATCH)]
        answers = list(pool.map(partial(ask, firm.house), range(IN_FLIGHT)))
        for one in posted:
            one.result()
    outcomes = [one["outcome"] for one in answers]
    assert outcomes == ["clear" if at in PLACES else "blocked" for at in range(IN_FLIGHT)]
    assert standing(firm.house.databases) == {
        f"E-{at}": ("clear", True) if at in PLACES else ("blocked", False)
        for at in range(IN_FLIGHT)
    }
    with reading(firm.house.databases.state) as state:
        assert len(held_stores.unreported(state)) == len(PLACES)
    median = statistics.median(firm.recoveries)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{IN_FLIGHT} cases and {IN_FLIGHT} questions of the gate, {2 * len(PLACES)} deadly: "
            f"{firm.worker.deaths + firm.gate.deaths} processes died, "
            f"another answered after {median * 1000:.1f} ms (median of {len(firm.recoveries)})\n"
        )
    assert median < 0.1


def standing(databases: Databases) -> dict[str, tuple[str, bool]]:
    """Return of each case what was decided of it last, and whether it is held for it."""
    with reading(databases.state) as state:
        found = {}
        for id_, case in state.execute(select(instance.c.id, instance.c.case_key)):
            (kept,) = latest_of_instance(state, id_)
            mark = kept.decision.by_reference
            because = mark is not None and mark.reason == "quarantined"
            found[case] = (kept.decision.outcome, because)
    return found
