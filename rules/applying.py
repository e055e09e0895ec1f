"""
Where and when a rule applies: by what the case shows, and on which days.

A rule that does not apply is settled without being asked, and says so; one of which it is not
known whether it applies is not evaluated.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from rules.context import MOMENT
from rules.decision import Fact
from rules.explanation.words import spaced
from rules.rule import Applicability, Effective, Rule

ByType = Mapping[str, Sequence[Fact]]
_CASE = "case"


class UnknownError(LookupError):
    """It is not known whether the rule applies."""


def inapplicable(rule: Rule, facts: ByType) -> str:
    """
    Return why *rule* does not apply to *facts*, or nothing when it does.

    Raises `UnknownError` when the facts do not tell.
    """
    apart = _not_in_effect(rule.effective, facts) if rule.effective is not None else ""
    found = (_elsewhere(one, facts) for one in rule.applies)
    return apart or next((because for because in found if because), "")


def _not_in_effect(effective: Effective, facts: ByType) -> str:
    today = next((one.values.get("today") for one in facts.get(MOMENT.name, ())), None)
    if not isinstance(today, date):
        raise UnknownError("the rule has effective dates, and which day it is was not told")
    if effective.on(today):
        return ""
    if effective.from_ is not None and today < effective.from_:
        return f"it is in effect from {effective.from_.isoformat()}"
    until = effective.until.isoformat() if effective.until is not None else ""
    return f"it was in effect until {until}"


def _elsewhere(one: Applicability, facts: ByType) -> str:
    """A case is always there: one that is not shown is not known. Other facts may be absent."""
    named = spaced(f"{one.fact_type} {one.field}")
    those = facts.get(one.fact_type, ())
    if not those and one.fact_type != _CASE:
        return f"it applies by {named}, and there is no {spaced(one.fact_type)}"
    shown = [fact.values.get(one.field) for fact in those]
    if any(value in one.among for value in shown):
        return ""
    if not shown or None in shown:
        raise UnknownError(f"the rule applies by {named}, which is not known")
    told = ", ".join(sorted({spaced(str(value)) for value in shown}))
    return f"it applies where {named} is {' or '.join(map(spaced, one.among))}; it is {told}"
