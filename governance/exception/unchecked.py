"""
What could not be checked reaches a person.

A decision with rules that were not evaluated is an exception of its own, of the rule set's
owner; it ends when a later decision has asked every rule.
"""

from rules.decision import Decision, Firing

RULE = "decision-not-evaluated"
TYPE = "DECISION_NOT_EVALUATED"
SEVERITY = "high"
ALL_CHECKED = "every rule could be checked"
_TOLD = 3
_LONGEST = 300


def unchecked(decision: Decision, *, case_key: str, owner: str | None) -> Firing | None:
    """Return what *decision* could not check as a firing, None when it asked every rule."""
    those = decision.not_evaluated
    if not those:
        return None
    told = [f"{one.rule}: {_short(one.because)}" for one in those[:_TOLD]]
    if len(those) > _TOLD:
        told.append(f"and {len(those) - _TOLD} more")
    asked = len(decision.evaluated) + len(those)
    return Firing(
        rule=RULE,
        rule_version=decision.version,
        title="Rules could not be checked",
        type=TYPE,
        severity=SEVERITY,
        outcome="not_evaluated",
        occurrence=case_key,
        reason=f"{len(those)} of {asked} rules of {decision.ruleset} could not be checked. "
        + "; ".join(told),
        owner=owner,
    )


def _short(because: str) -> str:
    return because if len(because) <= _LONGEST else because[: _LONGEST - 1] + "…"
