"""
Facts given without a case are not all there is: what was left out is not known, not absent.

A case is a closed world, and nothing here is for it.
"""

from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from rules.decision import Decision, NotEvaluated, NotFired
from rules.reach import reach
from rules.rule import Rule, RuleSet


def is_asked(ruleset: RuleSet, given: AbstractSet[str]) -> bool:
    """Return whether any rule of *ruleset* looks at facts of the types *given*."""
    return any(not given.isdisjoint(_bound(rule)) for rule in ruleset.rules)


def as_far_as_given(
    decision: Decision, ruleset: RuleSet, given: AbstractSet[str], absent: AbstractSet[str]
) -> Decision:
    """
    Return *decision* without what it says of rules that look at types that were left out.

    A rule that looks at nothing of what was *given* is not asked; of one that looks at more, it
    is not known whether it holds. Types said to be *absent* were not left out.
    """
    quiet = {one.rule: one for one in decision.not_fired}
    unknown: list[NotEvaluated] = []
    for rule in ruleset.rules:
        missing = _missing(rule, quiet.get(rule.rule), given | absent)
        if not missing:
            continue
        because = f"no {' and no '.join(missing)} was given"
        if given.isdisjoint(_bound(rule)):
            quiet[rule.rule] = NotFired(rule=rule.rule, because=because, applies=False)
        else:
            del quiet[rule.rule]
            unknown.append(NotEvaluated(rule=rule.rule, because=because, reason="fact-not-given"))
    names = {one.rule for one in unknown}
    hindered = bool(unknown) and decision.outcome != "blocked"
    return replace(
        decision,
        outcome="not_evaluated" if hindered else decision.outcome,
        evaluated=tuple(one for one in decision.evaluated if one not in names),
        not_fired=tuple(quiet.values()),
        not_evaluated=(*decision.not_evaluated, *unknown),
        reach=reach(ruleset.rules, decision.firings, quiet.values()),
    )


def _bound(rule: Rule) -> list[str]:
    """Return the types of which *rule* needs a fact each to hold."""
    return list(dict.fromkeys(one.fact_type for one in rule.when if not one.negated))


def _missing(rule: Rule, quiet: NotFired | None, known: AbstractSet[str]) -> list[str]:
    """Return the types that were left out and would tell why *rule* is quiet, if it is."""
    if quiet is None:
        return []
    applied = [one.fact_type for one in rule.applies if one.fact_type not in known]
    if applied or quiet.applies:
        needed = dict.fromkeys([*_bound(rule), *applied])
        return [one for one in needed if one not in known]
    return []
