"""
A case that rule processes die over reaches the rule set's owner.

Its decisions are the reference's alone until its facts or the rule set change: then the
exception ends.
"""

from rules.decision import Decision, Evidence, Firing

RULE = "case-held"
TYPE = "CASE_HELD"
SEVERITY = "medium"
CHANGED = "its facts or its rules have changed"


def held(decision: Decision, *, case_key: str, owner: str | None, because: str) -> Firing:
    """Return as a firing that the facts of *decision* are not shown to the engine, and why."""
    return Firing(
        rule=RULE,
        rule_version=decision.version,
        title="Rules are decided by the reference alone",
        type=TYPE,
        severity=SEVERITY,
        outcome="warning",
        occurrence=case_key,
        reason=f"{decision.ruleset} is decided by the reference alone here: {because}.",
        owner=owner,
        evidence=(
            Evidence(
                label="facts digest",
                value=decision.facts_digest,
                fact_type="case",
                fact_id=case_key,
                field="facts_digest",
            ),
        ),
    )


def is_over(evidence: tuple[Evidence, ...], version: str, decision: Decision) -> bool:
    """Return whether *decision* is about other facts, or by another version, than was held."""
    return version != decision.version or all(
        one.value != decision.facts_digest for one in evidence
    )
