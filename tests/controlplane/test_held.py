"""Rule processes die in the engine's own code: over the worker's path and over the gate's."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import deadly
import pytest
from deadly import MARKS
from house import ByReference, House, opened
from projecting import activate
from sqlalchemy import select
from timework import PROCESS, RULESET, approved, furnish

from controlplane.database import Databases, reading, writing
from controlplane.logwriter import LogWriter
from controlplane.pipeline.loading import load_definitions
from controlplane.quarantine import Quarantine
from controlplane.replay import verify
from controlplane.ruleprocess import held, held_stores, nursery
from controlplane.ruleprocess.held_stores import HeldCount
from controlplane.ruleprocess.supervisor import RuleProcesses
from controlplane.tables import held_case
from governance.decision.stores import of_instance
from governance.exception import stores
from governance.exception.process_exception import ProcessException
from governance.tables import decision
from rules.decision import Decision

IN_FLIGHT = 1_000
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[RuleProcesses]:
    monkeypatch.setattr(nursery, "run", deadly.run)
    limits = {"batch_seconds": 60, "processor_seconds": 0.5, "memory_bytes": 400 * 1024**2}
    with RuleProcesses(1, load_seconds=60, **limits) as found:
        yield found


@pytest.fixture
def house(databases: Databases, tmp_path: Path, processes: RuleProcesses) -> Iterator[House]:
    with opened(databases, tmp_path, decider=processes) as one:
        furnish(one)
        one.send(approved("first", "E-first"))
        yield one


def told_of(databases: Databases, case: str) -> list[ProcessException]:
    """Return what stands or stood because *case* is held."""
    with reading(databases.state) as connection:
        cases = connection.execute(select(decision.c.instance).distinct()).scalars().all()
        those = stores.of_instances(connection, cases)
    found = (one for known in those.values() for one in known)
    return [one for one in found if (one.case_key, one.type) == (case, "CASE_HELD")]


def ledger(databases: Databases) -> list[Decision]:
    """Return the last decision about each case."""
    with reading(databases.state) as connection:
        cases = connection.execute(select(decision.c.instance).distinct()).scalars().all()
        return [of_instance(connection, one, limit=1)[0].decision for one in cases]


@pytest.mark.parametrize("mark", MARKS)
def test_every_case_is_decided_while_the_workers_rule_process_dies(
    house: House, databases: Databases, mark: str
):
    house.send(
        *(
            approved(str(number), f"E-{number}", timesheet_id=mark if number == 500 else "TS")
            for number in range(IN_FLIGHT - 1)
        )
    )
    decided = ledger(databases)
    assert len(decided) == IN_FLIGHT
    assert Counter(one.outcome for one in decided) == {"blocked": IN_FLIGHT}
    reasons = Counter(one.by_reference and one.by_reference.reason for one in decided)
    assert reasons["quarantined"] == 1
    assert verify(databases, ByReference()).equal


def test_who_answers_for_the_rules_is_told_of_a_case_that_is_held_while_it_is(
    house: House, databases: Databases
):
    writer = LogWriter(databases.log)
    house.send(approved("1", "E-1", timesheet_id="SIGSEGV"))
    assert held.tell(writer, databases.state, at=NOON) == 1
    house.send(approved("later", "E-later"))
    (told,) = told_of(databases, "E-1")
    assert (told.state, told.owner) == ("open", "finance")
    assert "a rule process ended over it" in told.reason
    assert house.get(f"/v1/exceptions/{told.id}")["type"] == "CASE_HELD"
    assert held.tell(writer, databases.state, at=NOON) == 0

    house.send(approved("more", "E-1"))
    (over,) = told_of(databases, "E-1")
    assert (over.state, over.resolution) == ("resolved", "its facts or its rules have changed")
    assert held.tell(writer, databases.state, at=NOON) == 1  # it is still deadly
    house.send(approved("last", "E-last"))
    (again,) = told_of(databases, "E-1")
    assert (again.state, again.reopened) == ("open", 1)
    assert verify(databases, ByReference()).equal
    writer.close()


def test_what_was_held_is_held_after_a_start(house: House, databases: Databases):
    house.send(approved("1", "E-1", timesheet_id="SIGSEGV"))
    (decided,) = (one for one in ledger(databases) if one.by_reference)
    fresh = Quarantine()
    held.remember(fresh, databases.state)
    with reading(databases.state) as connection:
        rules = load_definitions(connection).rules_of("time-billing")
    assert rules is not None
    (known,) = fresh.known(rules.key, [decided.facts_digest]).values()
    assert known.because == decided.by_reference.because


@pytest.mark.parametrize("mark", MARKS)
def test_the_gate_answers_rightly_while_its_rule_process_dies(house: House, mark: str):
    asked = {"facts": [{"timesheet": "TS", "timesheet_id": "TS"}]}
    fatal = {"facts": [{"timesheet": mark, "timesheet_id": mark}]}
    answers = [house.post("/v1/decisions/time-billing", asked) for _ in range(20)]
    answers.append(house.post("/v1/decisions/time-billing", fatal))
    answers += [house.post("/v1/decisions/time-billing", asked) for _ in range(20)]
    assert {one["outcome"] for one in answers} == {"blocked"}
    assert answers[20]["by_reference"]["reason"] == "quarantined"
    assert all(one["by_reference"] is None for one in answers[21:])
    again = house.post("/v1/decisions/time-billing", fatal)
    assert again["by_reference"] == answers[20]["by_reference"]


def test_what_is_held_is_counted_and_forgotten_with_its_version(databases: Databases):
    def kept(version: str, instance: str) -> dict[str, object]:
        return {
            "id": f"{version} {instance}",
            "process": "time-to-invoice",
            "instance": instance,
            "ruleset": "time-billing",
            "version": version,
            "facts_digest": "d",
            "because": "a rule process ended over it: SIGSEGV",
            "reported": 0,
        }

    rows = [kept("1.0.0", "i-1"), kept("1.0.0", ""), kept("0.9.0", "i-2")]
    with writing(databases.state) as state:
        state.execute(held_case.insert(), rows)
        assert held_stores.counts(state) == [
            HeldCount(ruleset="time-billing", cases=2, questions=1)
        ]
    activate(databases, "process", PROCESS)
    activate(databases, "ruleset", RULESET)
    assert (held.prune(databases.state), held.prune(databases.state)) == (1, 0)
    with reading(databases.state) as state:
        assert held_stores.counts(state) == [
            HeldCount(ruleset="time-billing", cases=1, questions=1)
        ]
