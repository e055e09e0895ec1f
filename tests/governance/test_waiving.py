"""A risk is accepted by two people, for a time."""

from datetime import timedelta

import pytest
from fired import LATER, NOON, opened
from msgspec.structs import replace

from governance.exception.act import resolve
from governance.exception.process_exception import ProcessException
from governance.exception.waiving import approve, ask, refuse
from rules.refusal import Refusal

NEXT_WEEK = NOON + timedelta(days=7)


def asked(**changes: object) -> ProcessException:
    said = ask(opened(), actor="ana", at=NOON, until=NEXT_WEEK, reason="the client agreed")
    return replace(said.exception, **changes)


def test_asking_leaves_the_exception_standing_until_somebody_approves():
    change = ask(opened(), actor="ana", at=NOON, until=NEXT_WEEK, reason="the client agreed")
    assert (change.exception.state, change.exception.waived_until) == ("open", None)
    assert change.exception.waiver.asked_by == "ana"
    assert (change.line.action, change.line.detail) == (
        "waiver-asked",
        {"until": "2026-03-09T12:00:00Z"},
    )


def test_a_steward_who_is_somebody_else_approves():
    change = approve(asked(), actor="sam", at=LATER, steward=True)
    assert (change.exception.state, change.exception.waived_until) == ("waived", NEXT_WEEK)
    assert change.exception.waiver is None
    assert (change.line.note, change.line.detail["asked_by"]) == ("the client agreed", "ana")


def test_nobody_approves_what_they_asked_for_unless_the_house_says_so():
    refusal = approve(asked(), actor="ana", at=LATER, steward=True)
    assert (refusal.status, refusal.type) == (409, "own-work")
    assert approve(asked(), actor="ana", at=LATER, steward=True, sign_own=True).line


def test_only_a_steward_approves():
    refusal = approve(asked(), actor="sam", at=LATER, steward=False)
    assert (refusal.status, refusal.type) == (403, "waiver-needs-a-steward")


@pytest.mark.parametrize("standing", [opened(), opened(state="waived", waived_until=NEXT_WEEK)])
def test_what_nobody_asked_for_is_not_approved(standing: ProcessException):
    assert approve(standing, actor="sam", at=LATER, steward=True).status == 409


def test_a_waiver_is_not_approved_after_its_day():
    refusal = approve(asked(), actor="sam", at=NEXT_WEEK, steward=True)
    assert refusal.errors[0].pointer == "/until"


def test_a_waiver_has_a_reason_and_an_end():
    no_reason = ask(opened(), actor="ana", at=LATER, until=NEXT_WEEK, reason="")
    over = ask(opened(), actor="ana", at=LATER, until=LATER, reason="x")
    assert [one.errors[0].pointer for one in (no_reason, over)] == ["/reason", "/until"]


def test_a_steward_refuses_and_who_asked_takes_it_back():
    refused = refuse(asked(), actor="sam", at=LATER, steward=True, reason="bill it")
    assert (refused.exception.state, refused.exception.waiver) == ("open", None)
    assert refused.line.action == "waiver-refused"
    assert refuse(asked(), actor="ana", at=LATER, steward=False, reason="solved").line
    stranger = refuse(asked(), actor="bo", at=LATER, steward=False, reason="no")
    assert isinstance(stranger, Refusal)
    assert refuse(opened(), actor="sam", at=LATER, steward=True, reason="no").status == 409


def test_who_resolves_an_exception_drops_the_waiver_that_waits():
    assert resolve(asked(), actor="ada", at=LATER, reason="billed").exception.waiver is None
