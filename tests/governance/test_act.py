from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from governance.exception.act import acknowledge, assign, comment, reopen, resolve
from governance.exception.process_exception import (
    Change,
    ProcessException,
    exception_id,
    fingerprint_of,
)
from governance.exception.waiving import ask
from governance.handling.due import HandlingDue
from rules.refusal import Refusal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=2)
NEXT_WEEK = NOON + timedelta(days=7)


def broken(**changes: object) -> ProcessException:
    fingerprint = fingerprint_of("i-1", "billing", "rate-agreed", "TS-1")
    return replace(
        ProcessException(
            id=exception_id(fingerprint),
            fingerprint=fingerprint,
            process="quote-to-cash",
            instance="i-1",
            case_key="E-1",
            case_title="Acme",
            ruleset="billing",
            ruleset_version="1.0.0",
            rule="rate-agreed",
            rule_version="1.0.0",
            type="RATE_MISSING",
            title="No rate",
            occurrence="TS-1",
            line="TS-1",
            severity="high",
            reason="no rate",
            opened_at=NOON,
            handled_from=NOON,
            changed_at=NOON,
        ),
        **changes,
    )


def test_who_acknowledges_takes_it_on_and_promises_a_date():
    change = acknowledge(broken(), actor="ada", at=LATER, promised_at=NEXT_WEEK, note="on it")
    assert isinstance(change, Change)
    assert change.exception.state == "acknowledged"
    assert (change.exception.assignee, change.exception.acknowledged_at) == ("ada", LATER)
    assert change.exception.promised_at == NEXT_WEEK
    assert change.line.detail == {"promised_at": "2026-03-09T12:00:00Z"}


def test_acknowledging_again_moves_the_promise_and_not_the_first_answer():
    held = broken(state="acknowledged", acknowledged_at=NOON, assignee="bo", promised_at=LATER)
    change = acknowledge(held, actor="ada", at=LATER, promised_at=NEXT_WEEK)
    assert change.exception.acknowledged_at == NOON
    assert change.exception.assignee == "bo"
    assert change.exception.promised_at == NEXT_WEEK


def test_a_promise_lies_in_the_future():
    refusal = acknowledge(broken(), actor="ada", at=LATER, promised_at=NOON)
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.errors[0].pointer) == (422, "/promised_at")


def test_an_exception_is_handed_on_and_back():
    given = assign(broken(assignee="ada"), actor="bo", at=LATER, assignee="cy")
    assert given.exception.assignee == "cy"
    assert given.line.detail == {"from": "ada", "to": "cy"}
    assert assign(given.exception, actor="bo", at=LATER, assignee=None).exception.assignee is None


def test_a_comment_moves_no_state():
    change = comment(broken(state="resolved"), actor="ada", at=LATER, note="see ticket 4")
    assert (change.exception.state, change.line.note) == ("resolved", "see ticket 4")


@pytest.mark.parametrize("note", ["", "   ", "x" * 5_000])
def test_a_comment_says_something_and_not_a_book(note: str):
    assert comment(broken(), actor="ada", at=LATER, note=note).status == 422


def test_a_person_resolves_with_a_reason():
    change = resolve(
        broken(state="waived", waived_until=NEXT_WEEK),
        actor="ada",
        at=LATER,
        reason="billed by hand",
    )
    done = change.exception
    assert (done.state, done.resolved_by, done.resolved_at) == ("resolved", "ada", LATER)
    assert (done.resolution, done.waived_until) == ("billed by hand", None)
    assert resolve(broken(), actor="ada", at=LATER, reason=" ").status == 422


def test_what_is_resolved_can_neither_be_taken_on_nor_waived_nor_resolved_again():
    done = broken(state="resolved")
    refusals = [
        acknowledge(done, actor="ada", at=LATER),
        assign(done, actor="ada", at=LATER, assignee="bo"),
        ask(done, actor="sam", at=LATER, until=NEXT_WEEK, reason="x"),
        resolve(done, actor="ada", at=LATER, reason="x"),
    ]
    assert {refusal.status for refusal in refusals} == {409}
    assert {refusal.type for refusal in refusals} == {"exception-not-standing"}


AGAIN = HandlingDue(acknowledge_by=NEXT_WEEK, resolve_by=NEXT_WEEK + timedelta(days=2))


def test_what_was_resolved_is_opened_again_with_a_reason_and_worked_anew():
    done = broken(
        state="resolved",
        acknowledged_at=NOON,
        resolved_at=NOON,
        resolved_by="ada",
        resolution="billed",
        promised_at=NOON,
        escalated=2,
        assignee="ada",
    )
    change = reopen(done, actor="bo", at=LATER, reason="the client paid half", due=AGAIN)
    one = change.exception
    assert (one.state, one.reopened, one.reopened_by, one.assignee) == ("open", 1, "bo", "ada")
    assert (one.acknowledged_at, one.promised_at, one.resolution, one.escalated) == (
        None,
        None,
        None,
        0,
    )
    assert (one.handled_from, one.handling_due_at) == (LATER, NEXT_WEEK)
    assert (change.line.action, change.line.note) == ("reopened", "the client paid half")


def test_only_what_is_resolved_is_reopened_and_never_without_a_reason():
    assert reopen(broken(), actor="bo", at=LATER, reason="x", due=AGAIN).status == 409
    done = broken(state="resolved")
    assert reopen(done, actor="bo", at=LATER, reason=" ", due=AGAIN).status == 422
