"""Which fields a rule looks at, those that what is derived rests on included."""

from rules.compiling import compile_ruleset
from rules.fact import FactType
from rules.language import read_ruleset
from rules.reads import reads_by_rule

TYPES = {
    "timesheet": FactType(
        name="timesheet",
        fields={"hours": "decimal", "rate": "money", "amount": "money", "note": "text"},
    ),
    "engagement": FactType(name="engagement", fields={"cap": "money"}),
}
RULES = """
ruleset: caps
version: 1.0.0
title: Caps
owner: finance
process: billing
derived:
  - each: timesheet as t
    field: long
    is: t.hours > 10
rules:
  - rule: long-day
    version: 1.0.0
    title: A long day
    question: Is a day too long?
    rationale: Nobody works so long.
    severity: low
    type: LONG
    when: [{each: timesheet as t, where: [t.long]}]
    outcome: warning
    occurrence: t
    reason: "{t.note}"
  - rule: over-cap
    version: 1.0.0
    title: Over the cap
    question: Is the cap kept?
    rationale: The client pays no more.
    severity: high
    type: CAP
    when:
      - each: engagement as e
        where: ["sum(t.amount for t in timesheet if t.hours > 0) > e.cap"]
    outcome: warning
    occurrence: e
    reason: Over the cap.
"""


def test_a_rule_looks_at_what_its_conditions_sums_and_derived_fields_rest_on():
    compiled = compile_ruleset(read_ruleset(RULES), TYPES)
    assert compiled.problems == ()
    assert reads_by_rule(compiled) == {
        "long-day": {("timesheet", "hours"), ("timesheet", "note")},
        "over-cap": {("engagement", "cap"), ("timesheet", "amount"), ("timesheet", "hours")},
    }
    compiled.close()
