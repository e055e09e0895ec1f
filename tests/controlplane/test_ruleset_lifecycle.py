"""A version of a rule set comes into force, goes out of it, and comes back: what stands follows."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from projecting import NOON, ByReference, answer, append, ask, drain, register, sweep
from small_billing import PROCESS, RULES, happened, install_in_log

from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from controlplane.ticker import clocks_due
from governance.document import stores as documents
from governance.exception import stores as exceptions
from governance.ledger import stores as ledger
from observability.projection import case_stores

NAME = "small-billing-rules"
DAY = timedelta(days=1)
SECOND = RULES.replace("version: 1.0.0", "version: 2.0.0", 1).replace("PO_MISSING", "NO_PO")
EUROS = {"amount": "100.00", "currency": "EUR"}


@pytest.fixture
def firm(databases: Databases) -> Databases:
    """Time without a purchase order, judged by version 1.0.0; ada has drafted 2.0.0."""
    install_in_log(databases)
    signed = happened("sb.engagement.signed", "s-1", NOON, engagement_id="E-1", value=EUROS)
    time = {"engagement_id": "E-1", "timesheet_id": "T-1", "amount": EUROS}
    append(databases, [signed, happened("sb.time.approved", "t-1", NOON, **time)])
    drafted(databases, "2.0.0", SECOND)
    return databases


def drafted(firm: Databases, version: str, text: str) -> None:
    body = {"kind": "ruleset", "name": NAME, "version": version, "body": text}
    ask(firm, "document:put", body, actor="ada")
    take(firm)


def take(firm: Databases) -> None:
    drain(firm, Processing(ByReference()))


def move(
    firm: Databases, version: str, to: str, *, at: datetime = NOON, actor: str = "ben", **more: Any
) -> Any:
    body = {"name": NAME, "version": version, "to": to, **more}
    asked = ask(firm, "ruleset:transition", body, at=at, actor=actor)
    take(firm)
    return answer(firm, asked)


def states(firm: Databases) -> dict[str, str]:
    with reading(firm.state) as state:
        return {one.version: one.state for one in documents.list_versions(state, "ruleset", NAME)}


def standing(firm: Databases) -> dict[str, tuple[str, str]]:
    """Return the type and the version of what stands, by rule."""
    with reading(firm.state) as state:
        ids = case_stores.instances_of(state, "small-billing")
        found = [one for those in exceptions.of_instances(state, ids).values() for one in those]
    return {one.rule: (one.type, one.ruleset_version) for one in found if one.standing}


def ledgered(firm: Databases, action: str) -> list[tuple[str, dict[str, Any]]]:
    """Return who did *action*, and what is told of it, the latest first."""
    with reading(firm.state) as state:
        return [(one.actor, one.detail) for one in ledger.find_entries(state, action=action)]


def test_the_version_in_force_gives_way_and_comes_back_in_one_call(firm: Databases):
    assert standing(firm)["no-purchase-order"] == ("PO_MISSING", "1.0.0")
    assert move(firm, "2.0.0", "active").status == 200
    assert states(firm) == {"2.0.0": "active", "1.0.0": "retired"}
    assert standing(firm)["no-purchase-order"] == ("NO_PO", "2.0.0")
    assert move(firm, "1.0.0", "active", comment="it asked too much").status == 200
    assert states(firm) == {"2.0.0": "retired", "1.0.0": "active"}
    assert standing(firm)["no-purchase-order"] == ("PO_MISSING", "1.0.0")
    assert verify(firm, ByReference()).equal


def test_the_ledger_holds_who_signed_what_and_why(firm: Databases):
    move(firm, "2.0.0", "active", comment="agreed in March")
    told = ledgered(firm, "ruleset:version:activated")[0]
    with reading(firm.state) as state:
        found = documents.get_document(state, "ruleset", NAME, "2.0.0")
    assert found is not None
    assert told == (
        "ben",
        {
            "version": "2.0.0",
            "digest": found.digest,
            "comment": "agreed in March",
            "author": "ada",
            "signed_by": "ben",
            "supersedes": "1.0.0",
        },
    )


def test_its_author_does_not_put_it_in_force(firm: Databases):
    told = move(firm, "2.0.0", "active", actor="ada")
    assert (told.status, told.body["type"]) == (409, "/problems/own-work")
    assert states(firm)["2.0.0"] == "draft"
    assert move(firm, "2.0.0", "active", actor="ada", sign_own=True).status == 200


def test_a_version_comes_into_force_at_its_time_though_nothing_else_happens(firm: Databases):
    told = move(firm, "2.0.0", "active", effective_from=(NOON + DAY).isoformat())
    assert told.body["planned"] == {"to": "active", "at": "2026-03-03T12:00:00Z", "by": "ben"}
    assert not clocks_due(firm.state, at=NOON + DAY / 2)
    assert states(firm) == {"2.0.0": "draft", "1.0.0": "active"}
    assert clocks_due(firm.state, at=NOON + DAY)
    sweep(firm, NOON + DAY)
    take(firm)
    assert states(firm) == {"2.0.0": "active", "1.0.0": "retired"}
    assert standing(firm)["no-purchase-order"] == ("NO_PO", "2.0.0")
    actor, told = ledgered(firm, "ruleset:version:activated")[0]
    assert (actor, told["signed_by"]) == ("ben", "ben")
    assert verify(firm, ByReference()).equal


def test_what_was_planned_can_be_taken_back(firm: Databases):
    move(firm, "2.0.0", "active", effective_from=(NOON + DAY).isoformat())
    assert move(firm, "2.0.0", "draft").status == 200
    sweep(firm, NOON + DAY)
    take(firm)
    assert states(firm) == {"2.0.0": "draft", "1.0.0": "active"}
    assert move(firm, "2.0.0", "draft").body["allowed"] == ["shadow", "active"]
    assert len(ledgered(firm, "ruleset:version:unplanned")) == 1
    assert verify(firm, ByReference()).equal


def test_a_plan_that_was_overtaken_is_given_up_and_the_ledger_says_so(firm: Databases):
    move(firm, "1.0.0", "retired", effective_from=(NOON + DAY).isoformat())
    move(firm, "2.0.0", "active")
    sweep(firm, NOON + DAY)
    take(firm)
    assert states(firm) == {"2.0.0": "active", "1.0.0": "retired"}
    assert [told["version"] for _, told in ledgered(firm, "ruleset:version:abandoned")] == ["1.0.0"]
    assert verify(firm, ByReference()).equal


def test_a_plan_whose_field_is_promised_no_longer_is_given_up_and_the_ledger_says_why(
    firm: Databases,
):
    move(firm, "2.0.0", "active", effective_from=(NOON + DAY).isoformat())
    renamed = PROCESS.replace("version: 1.0.0", "version: 1.1.0").replace(
        "  timesheet:", "  hours:"
    )
    register(firm, "process", renamed.replace("entity: timesheet", "entity: hours"))
    sweep(firm, NOON + DAY)
    take(firm)
    assert states(firm) == {"2.0.0": "draft", "1.0.0": "active"}
    assert not clocks_due(firm.state, at=NOON + DAY)
    (_, told) = ledgered(firm, "ruleset:version:abandoned")[0]
    assert "timesheet" in told["because"]
    assert verify(firm, ByReference()).equal


def test_each_way_back_goes_one_further_and_the_last_says_that_nothing_is_older(firm: Databases):
    move(firm, "2.0.0", "active")
    drafted(firm, "3.0.0", RULES.replace("version: 1.0.0", "version: 3.0.0", 1))
    move(firm, "3.0.0", "active")
    assert [rolled_back(firm).body["version"] for _ in range(2)] == ["2.0.0", "1.0.0"]
    assert standing(firm)["no-purchase-order"] == ("PO_MISSING", "1.0.0")
    told = rolled_back(firm)
    assert (told.status, told.body["type"]) == (409, "/problems/nothing-older")
    assert verify(firm, ByReference()).equal


def rolled_back(firm: Databases) -> Any:
    asked = ask(firm, "ruleset:rollback", {"name": NAME}, actor="ben")
    take(firm)
    return answer(firm, asked)
