"""Two cases become one: what was said about either stays said."""

from datetime import timedelta

from fired import CASE, LATER, NOON, decided, firing, opened
from msgspec.structs import replace

from governance.exception.act import acknowledge
from governance.exception.moving import move
from governance.exception.process_exception import Change, ProcessException
from governance.exception.reconcile import reconcile

THERE = replace(CASE, instance="i-2")


def of_the_other(**changes: object) -> ProcessException:
    [change] = reconcile([], decided(firing()), THERE, at=LATER)
    return replace(change.exception, **changes)


def last(changes: list[Change]) -> dict[str, ProcessException]:
    return {change.exception.id: change.exception for change in changes}


def test_an_exception_goes_with_its_case_under_its_own_id():
    [change] = move([opened()], [], "i-2", history={}, at=LATER)
    assert (change.exception.id, change.exception.instance) == (opened().id, "i-2")
    assert change.line.detail == {"from": "i-1", "to": "i-2"}
    assert reconcile([change.exception], decided(firing()), THERE, at=LATER) == []


def test_the_same_exception_of_both_cases_is_one_worked_as_somebody_works_it():
    taken = acknowledge(opened(), actor="ana", at=NOON, note="Mine.")
    other = of_the_other()
    history = {taken.exception.id: [taken.line]}
    changes = move([taken.exception], [other], "i-2", history=history, at=LATER)
    now = last(changes)
    assert (now[other.id].state, now[other.id].assignee) == ("acknowledged", "ana")
    assert now[other.id].opened_at == NOON
    assert now[taken.exception.id].resolution.startswith(f"it is the same as {other.id}")
    assert (changes[0].line.actor, changes[0].line.note) == ("ana", "Mine.")
    assert reconcile(now.values(), decided(firing()), THERE, at=LATER) == []


def test_who_works_the_one_that_goes_on_keeps_it():
    other = of_the_other(state="acknowledged", assignee="bob")
    waived = opened(state="waived", waived_until=LATER + timedelta(days=9))
    now = last(move([waived], [other], "i-2", history={}, at=LATER))
    assert (now[other.id].state, now[other.id].assignee) == ("acknowledged", "bob")


def test_what_ended_in_another_ends_for_good_however_often_the_case_moves():
    other = of_the_other()
    now = last(move([opened()], [other], "i-2", history={}, at=LATER))
    again = last(move(now.values(), [], "i-1", history={}, at=LATER))
    standing = [one for one in again.values() if one.standing]
    assert [one.id for one in standing] == [other.id]
    assert len({one.fingerprint for one in again.values()}) == 2
    assert {one.instance for one in again.values()} == {"i-1"}
