"""A datum that is not what its contract promised makes nobody quiet."""

import pytest

from controlplane.facts import fact
from rules.compiling import compile_ruleset
from rules.deciding import decide_reference
from rules.fact import FactType
from rules.language import read_ruleset

RULES = """
ruleset: one
version: 1.0.0
title: One
owner: finance
process: work
rules:
  - rule: large
    version: 1.0.0
    title: Large
    owner: finance
    severity: low
    type: T
    when:
      - each: thing as t
        where:
          - t.{field} {condition}
    outcome: warning
    reason: "It is."
"""


@pytest.mark.parametrize(
    ("kind", "condition", "value"),
    [
        ("text", '== "a"', 5),
        ("integer", "> 3", "5"),
        ("money", '> money("1", "EUR")', "12"),
        ("boolean", "== true", "yes"),
        ("date", '> date("2026-01-01")', "soon"),
        ("decimal", "> 3", [1]),
    ],
)
def test_a_rule_that_reads_a_mistyped_datum_is_not_evaluated(kind, condition, value):
    thing = FactType(name="thing", fields={"f": kind})
    text = RULES.replace("{field}", "f").replace("{condition}", condition)
    compiled = compile_ruleset(read_ruleset(text), {"thing": thing})
    decision = decide_reference(compiled, [fact(thing, "T-1", {"f": value})])
    compiled.close()
    assert [one.rule for one in decision.not_evaluated] == ["large"], decision
