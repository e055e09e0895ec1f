"""What nobody asks for any more presses nobody, and the ledger says why it ended."""

from datetime import timedelta

import pytest
from projecting import NOON, ByReference, answer, append, ask, drain, register, sweep
from small_billing import RULES, SLA, happened, install_in_log

from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from governance.exception import stores as exceptions
from governance.exception.process_exception import ProcessException
from governance.ledger import stores as ledger
from observability.projection import case_stores, clock_stores

LATE = NOON + timedelta(days=9)
OTHER = """
process: other
version: 1.0.0
title: Another process
owner: finance
activities: [{activity: begun}, {activity: done}]
"""
WITHOUT_PURCHASE_ORDER = RULES[: RULES.index("  - rule: no-purchase-order")] + RULES[
    RULES.index("  - rule: invoice-late") :
].replace("ruleset-version", "")


@pytest.fixture
def firm(databases: Databases) -> Databases:
    """A timesheet without a purchase order that is late, and somebody who works it."""
    install_in_log(databases)
    at = NOON
    value = {"amount": "9000.00", "currency": "EUR"}
    append(
        databases,
        [
            happened("sb.engagement.signed", "s-1", at, engagement_id="E-1", value=value),
            happened(
                "sb.time.approved",
                "t-1",
                at,
                engagement_id="E-1",
                timesheet_id="T-1",
                amount={"amount": "100.00", "currency": "EUR"},
            ),
        ],
    )
    sweep(databases, LATE)
    take(databases)
    assert {one.state for one in standing(databases).values()} == {"open"}
    assert set(standing(databases)) == {"no-purchase-order", "invoice-late"}
    return databases


def take(databases: Databases) -> None:
    drain(databases, Processing(ByReference()))


def standing(databases: Databases) -> dict[str, ProcessException]:
    with reading(databases.state) as state:
        ids = case_stores.instances_of(state, "small-billing")
        found = exceptions.of_instances(state, ids)
    return {one.rule: one for those in found.values() for one in those}


def ledgered(databases: Databases, action: str) -> list[tuple[str, str, dict]]:
    with reading(databases.state) as state:
        found = ledger.find_entries(state, action=action)
    return [(one.actor, one.subject, one.detail) for one in found]


def clocks(databases: Databases) -> int:
    with reading(databases.state) as state:
        ids = case_stores.instances_of(state, "small-billing")
        return sum(len(those) for those in clock_stores.clocks_of(state, ids).values())


def unlike(databases: Databases) -> list[str]:
    return [one.table for one in verify(databases, ByReference()).tables if not one.equal]


def new_version(text: str) -> str:
    return text.replace("version: 1.0.0", "version: 2.0.0", 1)


def test_a_rule_that_left_its_set_ends_its_exceptions_and_no_others(firm: Databases):
    register(firm, "ruleset", new_version(WITHOUT_PURCHASE_ORDER), at=LATE)
    take(firm)
    after = standing(firm)
    assert after["no-purchase-order"].state == "resolved"
    assert after["no-purchase-order"].resolution == (
        "rule withdrawn: small-billing-rules no longer asks no-purchase-order"
    )
    assert after["invoice-late"].state == "open"
    assert ledgered(firm, "ruleset:rule:withdrawn") == [
        (
            "ana",
            "small-billing-rules",
            {"process": "small-billing", "rules": ["no-purchase-order"], "exceptions": 1},
        )
    ]
    assert unlike(firm) == []


def test_a_rule_that_comes_back_opens_what_it_had_opened_before(firm: Databases):
    before = standing(firm)["no-purchase-order"]
    register(firm, "ruleset", new_version(WITHOUT_PURCHASE_ORDER), at=LATE)
    register(firm, "ruleset", RULES.replace("version: 1.0.0", "version: 3.0.0", 1), at=LATE)
    take(firm)
    again = standing(firm)["no-purchase-order"]
    assert (again.id, again.state, again.reopened) == (before.id, "open", 1)
    assert unlike(firm) == []


def test_a_rule_set_that_is_retired_ends_all_that_it_opened_the_waived_too(firm: Databases):
    waived = standing(firm)["no-purchase-order"].id
    body = {"exception": waived, "until": "2026-06-01T00:00:00Z", "reason": "Agreed."}
    body["sign_own"] = True
    ask(firm, "exception:waive", body, at=LATE)
    named = {"kind": "ruleset", "name": "small-billing-rules", "version": "1.0.0"}
    retired = ask(firm, "document:retire", named, at=LATE)
    again = ask(firm, "document:retire", named, at=LATE)
    take(firm)
    assert answer(firm, retired).status == 200
    assert answer(firm, again).status == 409
    assert {one.state for one in standing(firm).values()} == {"resolved"}
    assert {one.resolution for one in standing(firm).values()} == {
        "rule withdrawn: small-billing-rules is no longer in force for small-billing"
    }
    assert unlike(firm) == []


def test_a_rule_set_that_moves_to_another_process_leaves_nothing_behind(firm: Databases):
    register(firm, "process", OTHER, at=LATE)
    elsewhere = (
        RULES[: RULES.index("rules:\n")]
        + """rules:
  - rule: done
    version: 1.0.0
    title: Done
    owner: finance
    severity: low
    type: DONE
    when: [{each: case as c, where: [c.state == "running"]}]
    outcome: warning
    reason: "It runs."
"""
    )
    register(
        firm,
        "ruleset",
        new_version(elsewhere).replace("process: small-billing", "process: other"),
        at=LATE,
    )
    take(firm)
    assert {one.state for one in standing(firm).values()} == {"resolved"}
    assert unlike(firm) == []


def test_an_objective_that_is_withdrawn_takes_its_clocks_and_what_they_broke(firm: Databases):
    assert clocks(firm) == 1
    ask(
        firm,
        "document:retire",
        {"kind": "sla", "name": "time-to-invoice", "version": "1.0.0"},
        at=LATE,
    )
    take(firm)
    after = standing(firm)
    assert clocks(firm) == 0
    assert after["invoice-late"].resolution == (
        "objective withdrawn: time-to-invoice is no longer in force"
    )
    assert after["no-purchase-order"].state == "open"
    assert ledgered(firm, "sla:objective:withdrawn") == [
        ("ana", "time-to-invoice", {"process": "small-billing", "exceptions": 1, "clocks": 1})
    ]
    assert unlike(firm) == []


def test_an_objective_that_moves_to_another_process_does_so_too(firm: Databases):
    register(firm, "process", OTHER, at=LATE)
    moved = new_version(SLA).replace("process: small-billing", "process: other")
    moved = moved.replace("per: timesheet\n", "").replace("money: object.amount\n", "")
    moved = moved.replace("[time-approved]", "[begun]").replace("[invoiced]", "[done]")
    register(firm, "sla", moved, at=LATE)
    take(firm)
    assert clocks(firm) == 0
    assert standing(firm)["invoice-late"].state == "resolved"
    assert unlike(firm) == []
