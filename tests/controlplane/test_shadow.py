"""A version in shadow is compared on live cases, and nothing that it says reaches anybody."""

import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from projecting import NOON, ByReference, answer, append, ask, drain, register, sweep
from shadowwork import Here
from small_billing import PROCESS, RULES, happened, install_in_log
from sqlalchemy import select

from controlplane.database import Databases, reading
from controlplane.pipeline.command import Command, Outcome
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from controlplane.shadow.comparer import Comparer, ComparerDiedError
from controlplane.shadow.shadowing import Shadowing
from governance.exception import stores as exceptions
from governance.ledger import stores as ledger
from governance.shadow import stores as shadows
from governance.shadow.comparison import Compared, Comparison, Counted, Shadow, Waiting
from governance.tables import decision
from observability.projection import case_stores

NAME = "small-billing-rules"
LENIENT = RULES.replace("version: 1.0.0", "version: 2.0.0", 1).replace(
    "        where: [missing(e.po_number)]",
    """        where:
          - missing(e.po_number)
          - e.value > money("500.00", "EUR")""",
)
LENIENT = LENIENT.replace(
    "- {engagement: E-1, engagement_id: E-1}",
    '- {engagement: E-1, engagement_id: E-1, value: {amount: "900.00", currency: EUR}}',
)


class Commands:
    """A worker that takes what is submitted at once."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases

    def submit(self, command: Command) -> Outcome:
        ask(self._databases, command.name, command.body, key=command.id, actor=command.actor)
        take(self._databases)
        return answer(self._databases, command.id)


@pytest.fixture
def firm(databases: Databases) -> Iterator[Databases]:
    """Two engagements without a purchase order; in shadow small ones may pass."""
    install_in_log(databases)
    told(databases, "E-1", "100.00")
    told(databases, "E-2", "900.00")
    draft = {"kind": "ruleset", "name": NAME, "version": "2.0.0", "body": LENIENT}
    ask(databases, "document:put", draft, actor="ada")
    move(databases, "2.0.0", "shadow")
    yield databases
    assert [one.table for one in verify(databases, ByReference()).tables if not one.equal] == []


def told(firm: Databases, key: str, value: str, number: str = "1") -> None:
    """Let the engagement *key* be signed, and a timesheet of it approved."""
    worth = {"amount": value, "currency": "EUR"}
    time = {"engagement_id": key, "timesheet_id": f"T-{key}-{number}", "amount": worth}
    signed = happened("sb.engagement.signed", f"s-{key}", NOON, engagement_id=key, value=worth)
    append(firm, [signed, happened("sb.time.approved", f"t-{key}-{number}", NOON, **time)])
    take(firm)


def take(firm: Databases) -> None:
    drain(firm, Processing(ByReference()))


def move(firm: Databases, version: str, to: str, **more: Any) -> Outcome:
    body = {"name": NAME, "version": version, "to": to, **more}
    asked = ask(firm, "ruleset:transition", body, actor="ben")
    take(firm)
    return answer(firm, asked)


def shadowing(firm: Databases, dies: Sequence[str] = ()) -> int:
    """Let everything that waits be compared; return how many cases that were."""
    one = Shadowing(firm.state, Commands(firm), Here(firm, dies))
    return sum(iter(one.step, 0))


def instance(firm: Databases, key: str) -> str:
    named = ("small-billing", key)
    with reading(firm.state) as state:
        return case_stores.instances_by_key(state, [named])[named]


def counted(firm: Databases) -> Counted:
    with reading(firm.state) as state:
        return shadows.counted(state, NAME)


def differing(firm: Databases) -> list[Comparison]:
    with reading(firm.state) as state:
        return list(shadows.differing(state, NAME))


def standing(firm: Databases) -> set[tuple[str, str]]:
    with reading(firm.state) as state:
        ids = case_stores.instances_of(state, "small-billing")
        found = [one for those in exceptions.of_instances(state, ids).values() for one in those]
    return {(one.case_key, one.rule) for one in found if one.standing}


def test_what_differs_on_live_cases_is_known_and_nothing_comes_of_it(firm: Databases):
    before = standing(firm)
    told(firm, "E-1", "100.00", number="2")
    told(firm, "E-2", "900.00", number="2")
    assert counted(firm) == Counted(waiting=2)
    assert shadowing(firm) == 2
    assert counted(firm) == Counted(same=1, differs=1)
    (one,) = differing(firm)
    assert one.case == "E-1"
    assert one.difference is not None
    assert {f.occurrence for f in one.difference.closed} == {"T-E-1-1", "T-E-1-2"}
    assert [str(money) for money in (*one.before.blocked, *one.after.blocked)] == ["EUR 100.00"]
    assert standing(firm) == before
    with reading(firm.state) as state:
        assert set(state.execute(select(decision.c.version)).scalars()) == {"1.0.0"}


def test_a_clock_that_comes_due_is_live_as_well(firm: Databases):
    sweep(firm, NOON + timedelta(days=9))
    take(firm)
    assert counted(firm).waiting == 2


def test_a_case_that_costs_the_process_its_life_is_not_the_same_and_costs_itself_alone(
    firm: Databases,
):
    told(firm, "E-1", "100.00", number="2")
    told(firm, "E-2", "900.00", number="2")
    shadowing(firm, dies=[instance(firm, "E-2")])
    assert counted(firm) == Counted(differs=1, not_evaluated=1)
    (unknown,) = [one for one in differing(firm) if one.verdict == "not_evaluated"]
    assert (unknown.instance, unknown.because) == (instance(firm, "E-2"), "it took too long")
    told(firm, "E-2", "900.00", number="3")
    shadowing(firm)
    assert counted(firm) == Counted(same=1, differs=1)


def test_a_case_that_is_judged_again_meanwhile_waits_on(firm: Databases):
    told(firm, "E-1", "100.00", number="2")
    with reading(firm.state) as state:
        found = shadows.next_waiting(state, limit=9)
    assert found is not None
    old = Here(firm).compare(*found)
    told(firm, "E-1", "100.00", number="3")
    assert old is not None
    one = Shadowing(firm.state, Commands(firm), Answering(old))
    one.step()
    assert counted(firm) == Counted(differs=1, waiting=1)


def test_a_case_that_became_part_of_another_meanwhile_is_not_kept(firm: Databases):
    told(firm, "E-1", "100.00", number="2")
    told(firm, "E-2", "100.00", number="2")
    with reading(firm.state) as state:
        found = shadows.next_waiting(state, limit=9)
    assert found is not None
    old = Here(firm).compare(*found)
    assert old is not None
    ask(firm, "alias:put", {"process": "small-billing", "case": "E-1", "aliases": ["E-2"]})
    take(firm)
    assert len(old.comparisons) == 2
    Shadowing(firm.state, Commands(firm), Answering(old)).step()
    shadowing(firm)
    assert counted(firm) == Counted(same=1)


class Answering:
    def __init__(self, found: Compared) -> None:
        self._found = found

    def compare(self, _shadow: Shadow, _waiting: Sequence[Waiting]) -> Compared:
        return self._found

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


def test_comparing_begins_anew_when_another_version_comes_into_force(firm: Databases):
    third = RULES.replace("version: 1.0.0", "version: 3.0.0", 1)
    draft = {"kind": "ruleset", "name": NAME, "version": "3.0.0", "body": third}
    ask(firm, "document:put", draft, actor="ada")
    told(firm, "E-1", "100.00", number="2")
    with reading(firm.state) as state:
        stale = Here(firm).compare(*(shadows.next_waiting(state, limit=9) or ()))
    assert stale is not None
    move(firm, "3.0.0", "active")
    with reading(firm.state) as state:
        known = shadows.get_shadow(state, NAME)
    assert known is not None
    assert (known.version, known.against) == ("2.0.0", "3.0.0")
    waiting = counted(firm).waiting
    assert waiting == 2  # the version that is new in force judges every case
    Shadowing(firm.state, Commands(firm), Answering(stale)).step()
    assert counted(firm) == Counted(waiting=waiting)  # what it said of 1.0.0 is not kept


def test_who_signs_it_off_leaves_what_was_seen_in_the_ledger(firm: Databases):
    told(firm, "E-1", "100.00", number="2")
    shadowing(firm)
    move(firm, "2.0.0", "active")
    with reading(firm.state) as state:
        entry = ledger.find_entries(state, action="ruleset:version:activated")[0]
        assert shadows.get_shadow(state, NAME) is None
    seen = {"compared": 1, "same": 0, "differs": 1, "not_evaluated": 0, "waiting": 0}
    assert entry.detail["shadow"] == seen
    assert counted(firm) == Counted()


def test_a_version_that_judges_another_process_is_compared_with_nothing_there(firm: Databases):
    register(firm, "process", PROCESS.replace("small-billing", "other-billing"))
    moved = RULES.replace("version: 1.0.0", "version: 3.0.0", 1)
    moved = moved.replace("process: small-billing", "process: other-billing")
    draft = {"kind": "ruleset", "name": NAME, "version": "3.0.0", "body": moved}
    ask(firm, "document:put", draft, actor="ada")
    move(firm, "2.0.0", "draft")
    move(firm, "3.0.0", "shadow")
    told(firm, "E-3", "900.00")
    shadowing(firm)
    (one,) = differing(firm)
    assert one.difference is not None
    assert {f.rule for f in one.difference.opened} == {"no-purchase-order"}


def test_without_a_version_in_force_everything_opens(firm: Databases):
    move(firm, "1.0.0", "retired")
    told(firm, "E-2", "900.00", number="2")
    shadowing(firm)
    (one,) = [one for one in differing(firm) if one.case == "E-2"]
    assert one.difference is not None
    assert {f.rule for f in one.difference.opened} == {"no-purchase-order"}
    assert one.before.blocked == []


@pytest.mark.parametrize("program", ["import sys; sys.exit(3)", "import time; time.sleep(600)"])
def test_a_process_that_dies_or_hangs_answers_nothing_and_is_replaced(program: str):
    comparer = Comparer({}, command=(sys.executable, "-c", program), seconds=-59.0)
    one = Shadow(ruleset=NAME, version="2.0.0", against=None, since=NOON)
    for _ in range(2):
        with pytest.raises(ComparerDiedError, match="ended with"):
            comparer.compare(one, [])
    comparer.close()
