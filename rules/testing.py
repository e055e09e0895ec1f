"""A rule's own test cases: the facts given, the firings expected, and what came instead."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from rules.calendar import BusinessCalendar
from rules.compiling import CompiledRuleSet
from rules.context import CONTEXT, MOMENT, context, moment
from rules.deciding import decide
from rules.decision import Decision, Fact, Firing
from rules.fact import FactType
from rules.money import Money, read_money
from rules.reading import MistypedError, read_fact
from rules.rule import ExpectedFiring, Rule, TestCase

NO_CALENDARS: Mapping[str, BusinessCalendar] = {}
_MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC)
Decide = Callable[[CompiledRuleSet, Sequence[Fact]], Decision]


class CaseResult(msgspec.Struct, frozen=True, kw_only=True):
    """`because` says what came instead; it is empty when the case passed."""

    rule: str
    name: str
    passed: bool
    pointer: str
    because: str = ""


def run_cases(
    compiled: CompiledRuleSet,
    decide: Decide = decide,
    calendars: Mapping[str, BusinessCalendar] = NO_CALENDARS,
) -> list[CaseResult]:
    """
    Return one result a test case, in the order of the document.

    With `decide_reference` the engine is not touched: for a process that must not die.
    """
    return list(_results(compiled, decide, calendars))


def case_facts(
    compiled: CompiledRuleSet,
    rule: Rule,
    case: TestCase,
    calendars: Mapping[str, BusinessCalendar] = NO_CALENDARS,
) -> list[Fact]:
    """
    Return the facts of a test case; raise `MistypedError` at what is none.

    A calendar that it does not give is the one in *calendars*, and a day that it does not
    give one on which the rule is in effect.
    """
    facts = given_facts(case.given, compiled.fact_types)
    known = {one.type for one in facts}
    told = context(compiled.ruleset, calendars, at=_MIDNIGHT)
    told = [one for one in told if one.type != MOMENT.name]
    if rule.effective is not None:
        told.append(moment(rule.effective.some_day))
    return [*facts, *(one for one in told if one.type not in known)]


def _results(
    compiled: CompiledRuleSet, decide: Decide, calendars: Mapping[str, BusinessCalendar]
) -> Iterator[CaseResult]:
    for rule in compiled.ruleset.rules:
        for number, case in enumerate(rule.tests):
            try:
                facts = case_facts(compiled, rule, case, calendars)
                because = _difference(rule, case.fires, decide(compiled, facts))
            except MistypedError as error:
                because = str(error)
            yield CaseResult(
                rule=rule.rule,
                name=case.name,
                passed=not because,
                pointer=f"{rule.pointer}/tests/{number}",
                because=because,
            )


def given_facts(
    given: tuple[dict[str, Any], ...], fact_types: Mapping[str, FactType]
) -> list[Fact]:
    """Return the facts that a test case writes down; raise `MistypedError` at what is none."""
    return [_given(one, fact_types) for one in given]


def _given(one: Mapping[str, Any], fact_types: Mapping[str, FactType]) -> Fact:
    name, id_ = next(iter(one.items()), ("", ""))
    fact_type = CONTEXT.get(name) or fact_types.get(name)
    if fact_type is None:
        known = ", ".join(sorted(fact_types))
        raise MistypedError(name or "given", f"is no fact type; known are {known}")
    if not isinstance(id_, str):
        raise MistypedError(name, f"{id_!r} is no id; write it as a text")
    own = fact_type.field(name) == "text"  # the case's own key is its id
    data = {key: value for key, value in one.items() if key != name or own}
    return read_fact(fact_type, id_, data)


def _difference(rule: Rule, expected: tuple[str | ExpectedFiring, ...], decision: Decision) -> str:
    for unasked in decision.not_evaluated:
        if unasked.rule == rule.rule:
            return f"not evaluated: {unasked.because}"
    fired = {one.occurrence: one for one in decision.firings if one.rule == rule.rule}
    wanted = {one if isinstance(one, str) else one.occurrence: one for one in expected}
    if fired.keys() != wanted.keys():
        return _told(sorted(wanted), sorted(fired), decision, rule)
    found = (_figures(one, fired[id_]) for id_, one in wanted.items())
    return "; ".join(one for one in found if one)


def _told(wanted: list[str], fired: list[str], decision: Decision, rule: Rule) -> str:
    quiet = next((one for one in decision.not_fired if one.rule == rule.rule), None)
    because = f": {quiet.because}" if quiet else ""
    asked = f"; asked was {quiet.asked}" if quiet and quiet.asked else ""
    return f"expected {wanted or 'no firing'}, came {fired or 'no firing'}{because}{asked}"


def _figures(expected: str | ExpectedFiring, firing: Firing) -> str:
    if isinstance(expected, str):
        return ""
    pairs: tuple[tuple[str, str | Money | None, str | Money | None], ...] = (
        ("reason", expected.reason, firing.reason),
        ("blocked", read_money(expected.blocked), firing.blocked),
        ("exposure", read_money(expected.exposure), firing.exposure),
        ("delayed", read_money(expected.delayed), firing.delayed),
    )
    return "; ".join(
        f"{firing.occurrence}: {name} is {came}, expected {want}"
        for name, want, came in pairs
        if want is not None and want != came
    )
