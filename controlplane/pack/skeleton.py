"""The skeleton of a rule, whose test cases come first."""

import re

_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def skeleton(rule: str) -> str:
    """Return the YAML of a new *rule*; raise `ValueError` when that is no kebab-case id."""
    if not _KEBAB.fullmatch(rule):
        raise ValueError(f"{rule!r} is no kebab-case id, e.g. late-time")
    words = rule.replace("-", " ")
    return f"""\
rule: {rule}
version: 1.0.0
title: {words.capitalize()}
question: What is asked, in the words of the business?
rationale: Why it matters, and where that is written.
owner: finance
severity: medium            # critical, high, medium, low
type: {rule.replace("-", "_").upper()}
tests:
  - name: it fires
    given:
      - {{case: C-1, state: running}}
    fires: [C-1]
  - name: it does not
    given:
      - {{case: C-1, state: closed}}
    fires: []
when:
  - each: case as c
    where: [c.state == "running"]
outcome: warning            # or blocked
reason: "{{c.case}}: say what is the matter, with values in braces."
"""
