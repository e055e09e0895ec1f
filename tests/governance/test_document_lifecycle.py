"""Draft, shadow, active, retired: who may move a version where, and what refuses it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from governance.document.governed_document import GovernedDocument, State
from governance.document.lifecycle import (
    ALLOWED,
    Asked,
    Planned,
    come_about,
    transition,
)
from rules.refusal import Refusal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOMORROW = NOON + timedelta(days=1)
DRAFT = GovernedDocument(
    kind="ruleset",
    name="time-billing",
    version="1.1.0",
    body="ruleset: time-billing\n",
    digest="d",
    created_at=NOON,
    created_by="ada",
    changed_at=NOON,
    changed_by="ada",
)
IN_FORCE = replace(DRAFT, version="1.0.0", state="active")


def move(
    document: GovernedDocument, to: State, *others: GovernedDocument, **asked: Any
) -> GovernedDocument | Planned | Refusal:
    return transition(
        document, Asked(**{"to": to, "actor": "ben", "at": TOMORROW, **asked}), others=others
    )


def refused(document: GovernedDocument, to: State, *others: GovernedDocument, **asked: Any) -> str:
    told = move(document, to, *others, **asked)
    assert isinstance(told, Refusal), told
    return told.type


def test_who_puts_a_version_in_force_has_signed_it() -> None:
    told = move(DRAFT, "active")
    assert told == replace(
        DRAFT, state="active", changed_at=TOMORROW, changed_by="ben", signed_by="ben"
    )


def test_authors_do_not_sign_their_own_work_and_are_told_what_to_do() -> None:
    told = move(DRAFT, "active", actor="ada")
    assert isinstance(told, Refusal)
    assert (told.type, told.status, told.extra["author"]) == ("own-work", 409, "ada")
    assert "somebody else" in told.detail
    assert move(DRAFT, "active", actor="ada", sign_own=True).signed_by == "ada"


def test_authors_may_put_their_version_in_shadow_and_take_it_back() -> None:
    shadow = move(DRAFT, "shadow", actor="ada")
    assert (shadow.state, shadow.signed_by) == ("shadow", None)
    assert move(shadow, "draft", actor="ada").state == "draft"


def test_what_somebody_else_signed_once_may_return_by_its_author() -> None:
    retired = replace(DRAFT, state="retired", signed_by="ben")
    told = move(retired, "active", actor="ada")
    assert (told.state, told.signed_by, told.changed_by) == ("active", "ben", "ada")


@pytest.mark.parametrize("state", ALLOWED)
@pytest.mark.parametrize("to", ALLOWED)
def test_every_other_move_is_refused_with_those_that_are_allowed(state: State, to: State) -> None:
    told = move(replace(DRAFT, state=state), to)
    if to in ALLOWED[state]:
        assert told.state == to
    else:
        assert (told.type, told.extra["allowed"]) == ("illegal-transition", list(ALLOWED[state]))


def test_one_version_stands_in_shadow() -> None:
    other = replace(DRAFT, version="1.2.0", state="shadow")
    assert refused(DRAFT, "shadow", other, IN_FORCE) == "shadow-taken"
    assert move(DRAFT, "active", other, IN_FORCE).state == "active"


def test_a_house_may_let_nothing_take_a_place_that_did_not_stand_in_shadow() -> None:
    assert refused(DRAFT, "active", IN_FORCE, shadow_first=True) == "shadow-first"
    assert move(replace(DRAFT, state="shadow"), "active", IN_FORCE, shadow_first=True).active
    assert move(DRAFT, "active", shadow_first=True).active  # there is nothing to compare it with
    retired = replace(DRAFT, state="retired")
    assert move(retired, "active", IN_FORCE, shadow_first=True).active


def test_a_transition_may_wait_for_a_time_to_come() -> None:
    later = TOMORROW + timedelta(days=1)
    told = move(DRAFT, "active", effective_from=later, comment="new year")
    assert told == Planned(
        kind="ruleset",
        name="time-billing",
        version="1.1.0",
        to="active",
        at=later,
        actor="ben",
        signed_by="ben",
        comment="new year",
    )
    come = come_about(DRAFT, told, others=[DRAFT, IN_FORCE], at=later)
    assert (come.state, come.changed_at, come.signed_by) == ("active", later, "ben")
    assert come.supersedes == "1.0.0"


def test_a_plan_that_is_not_allowed_any_more_changes_nothing() -> None:
    planned = move(DRAFT, "active", effective_from=TOMORROW + timedelta(days=1))
    now = replace(DRAFT, state="active")
    assert come_about(now, planned, others=[now], at=TOMORROW).type == "illegal-transition"


@pytest.mark.parametrize(("to", "at"), [("active", NOON), ("shadow", TOMORROW + timedelta(1))])
def test_neither_the_past_nor_a_shadow_can_be_planned(to: State, at: datetime) -> None:
    assert refused(DRAFT, to, effective_from=at) == "invalid-request"
