"""
Facts given without a case are not all there is: what was left out is not known, not absent.

A case is a closed world, and nothing here is for it.
"""

from collections.abc import Set as AbstractSet
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from rules.decision import Decision, NotEvaluated, NotFired
from rules.memory import Memory
from rules.reach import reach
from rules.rule import Rule, RuleSet


class _Needs(msgspec.Struct, frozen=True):
    """The types of which *rule* needs a fact each to hold, and those by which it applies."""

    rule: str
    bound: tuple[str, ...]
    applied: tuple[str, ...]


class _Left(msgspec.Struct, frozen=True):
    """
    What is to be said of *rule* because types were left out.

    It is said only where the rule is quiet, and of one that does not apply only where `surely`:
    what was left out may tell whether it does.
    """

    rule: str
    surely: bool
    said: NotFired | NotEvaluated


_needs: Memory[tuple[_Needs, ...]] = Memory(64)


def is_asked(ruleset: RuleSet, given: AbstractSet[str]) -> bool:
    """Return whether any rule of *ruleset* looks at facts of the types *given*."""
    return any(not given.isdisjoint(one.bound) for one in _needs_of(ruleset))


def as_far_as_given(
    decision: Decision, ruleset: RuleSet, given: frozenset[str], absent: frozenset[str]
) -> Decision:
    """
    Return *decision* without what it says of rules that look at types that were left out.

    A rule that looks at nothing of what was *given* is not asked; of one that looks at more, it
    is not known whether it holds. Types said to be *absent* were not left out.
    """
    quiet = {one.rule: one for one in decision.not_fired}
    unknown: list[NotEvaluated] = []
    for left in _left_out(_needs_of(ruleset), given, absent):
        known = quiet.get(left.rule)
        if known is None or not (left.surely or known.applies):
            continue
        if isinstance(left.said, NotFired):
            quiet[left.rule] = left.said
        else:
            del quiet[left.rule]
            unknown.append(left.said)
    names = {one.rule for one in unknown}
    hindered = bool(unknown) and decision.outcome != "blocked"
    return replace(
        decision,
        outcome="not_evaluated" if hindered else decision.outcome,
        evaluated=tuple([one for one in decision.evaluated if one not in names]),
        not_fired=tuple(quiet.values()),
        not_evaluated=(*decision.not_evaluated, *unknown),
        reach=reach(ruleset.rules, decision.firings, quiet.values()),
    )


def _needs_of(ruleset: RuleSet) -> tuple[_Needs, ...]:
    return _needs.recall(ruleset) or _needs.keep(tuple(map(_needed, ruleset.rules)), ruleset)


def _needed(rule: Rule) -> _Needs:
    bound = dict.fromkeys(one.fact_type for one in rule.when if not one.negated)
    return _Needs(rule.rule, tuple(bound), tuple(one.fact_type for one in rule.applies))


@lru_cache(maxsize=256)
def _left_out(
    needs: tuple[_Needs, ...], given: frozenset[str], absent: frozenset[str]
) -> tuple[_Left, ...]:
    """Return what *given* and *absent* leave to be said, in the order of the rules."""
    known = given | absent
    found = []
    for one in needs:
        applied = [type_ for type_ in one.applied if type_ not in known]
        missing = [type_ for type_ in dict.fromkeys([*one.bound, *applied]) if type_ not in known]
        if missing:
            because = f"no {' and no '.join(missing)} was given"
            found.append(_Left(one.rule, bool(applied), _said(one, given, because)))
    return tuple(found)


def _said(one: _Needs, given: frozenset[str], because: str) -> NotFired | NotEvaluated:
    if given.isdisjoint(one.bound):
        return NotFired(rule=one.rule, because=because, applies=False)
    return NotEvaluated(rule=one.rule, because=because, reason="fact-not-given")
