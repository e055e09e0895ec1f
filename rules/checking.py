"""
A rule set is checked before it is kept: names, types, limits and its test cases' facts.

No problem means that every rule can be asked.
"""

from collections.abc import Collection, Iterator, Mapping

from rules.analysis.advice import contradictions
from rules.compiling import CompiledRuleSet, compile_ruleset
from rules.expression import suggest
from rules.fact import FactType
from rules.money import read_money
from rules.reading import MistypedError
from rules.refusal import Problem
from rules.rule import ExpectedFiring, Rule, RuleSet
from rules.testing import given_facts


def check(
    ruleset: RuleSet,
    fact_types: Mapping[str, FactType],
    calendars: Collection[str] | None = None,
) -> tuple[Problem, ...]:
    """Return everything that is wrong with *ruleset*, in the order of the document."""
    return problems(compile_ruleset(ruleset, fact_types), calendars)


def problems(
    compiled: CompiledRuleSet, calendars: Collection[str] | None = None
) -> tuple[Problem, ...]:
    """
    Return everything that is wrong with the rule set that was compiled.

    Without the names of *calendars* it is not asked whether its own is among them.
    """
    found = [*compiled.problems, *_twice(compiled.ruleset), *contradictions(compiled)]
    named = compiled.ruleset.calendar
    if named is not None and calendars is not None and named not in calendars:
        hint = suggest(named, calendars) or f"; known are {', '.join(sorted(calendars)) or 'none'}"
        detail = f"there is no calendar {named!r}{hint}"
        found.append(Problem(pointer="/calendar", detail=detail, line=1, column=1))
    for rule in compiled.ruleset.rules:
        found += _cases(rule, compiled.fact_types)
    return tuple(sorted(found, key=lambda one: (one.line, one.column)))


def _problem(rule: Rule, pointer: str, detail: str) -> Problem:
    place = rule.place("")
    return Problem(
        pointer=f"{rule.pointer}{pointer}", detail=detail, line=place.line, column=place.column
    )


def _twice(ruleset: RuleSet) -> Iterator[Problem]:
    seen: set[str] = set()
    for rule in ruleset.rules:
        if rule.rule in seen:
            yield _problem(rule, "/rule", f"the rule {rule.rule!r} stands twice")
        seen.add(rule.rule)


def _cases(rule: Rule, fact_types: Mapping[str, FactType]) -> Iterator[Problem]:
    names: set[str] = set()
    for number, case in enumerate(rule.tests):
        pointer = f"/tests/{number}"
        if case.name in names:
            yield _problem(rule, pointer, f"two test cases are named {case.name!r}")
        names.add(case.name)
        try:
            given_facts(case.given, fact_types)
        except MistypedError as error:
            yield _problem(rule, f"{pointer}/given", f"test case {case.name!r}: {error}")
        for one in case.fires:
            if isinstance(one, ExpectedFiring) and not _readable(one):
                yield _problem(rule, f"{pointer}/fires", f"{case.name!r}: this is no money")


def _readable(expected: ExpectedFiring) -> bool:
    figures = (expected.blocked, expected.exposure, expected.delayed)
    return all(one is None or read_money(one) is not None for one in figures)
