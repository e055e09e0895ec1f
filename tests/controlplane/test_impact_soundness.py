"""Which rules a candidate would take from under, and which had nothing under them before."""

from controlplane.impact.soundness import newly_unsound
from controlplane.pipeline.definitions import RulesInForce
from rules.fact import FactType, FieldType
from rules.language import read_ruleset

TEXT = """
ruleset: small
version: 1.0.0
title: Small
owner: finance
process: small
rules:
  - rule: reads-what-is-not-there
    version: 1.0.0
    title: Reads what is not there
    question: Is it there?
    rationale: It never was.
    owner: finance
    severity: low
    type: NOT_THERE
    when: [{each: timesheet as t, where: [exists(t.status)]}]
    outcome: warning
    reason: It is there.
    tests: []
  - rule: reads-hours
    version: 1.0.0
    title: Reads hours
    question: Are there hours?
    rationale: Work is counted in them.
    owner: finance
    severity: low
    type: NO_HOURS
    when: [{each: timesheet as t, where: [missing(t.hours)]}]
    outcome: warning
    reason: There are none.
    tests: []
"""


def types(**fields: FieldType) -> dict[str, FactType]:
    return {"timesheet": FactType(name="timesheet", fields=fields)}


def in_force(**fields: FieldType) -> RulesInForce:
    return RulesInForce(
        key="small",
        ruleset=read_ruleset(TEXT),
        text=TEXT,
        fact_types=types(**fields),
        uses=frozenset(),
    )


def test_a_rule_that_did_not_hold_before_is_not_lost_to_another_field():
    assert newly_unsound(in_force(hours="decimal"), types(hours="decimal", note="text")) == {}


def test_a_rule_is_lost_with_the_field_that_it_reads():
    lost = newly_unsound(in_force(hours="decimal"), types(note="text"))
    assert list(lost) == ["reads-hours"]
    assert "known are" not in lost["reads-hours"]
