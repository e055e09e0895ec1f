"""Everything that can be said of a rule set before it is in force, in one value."""

from collections.abc import Mapping

import msgspec

from rules.analysis.advice import advice
from rules.analysis.coverage import RuleCoverage, coverage
from rules.calendar import BusinessCalendar
from rules.checking import problems
from rules.compiling import compile_ruleset
from rules.deciding import decide
from rules.fact import FactType
from rules.refusal import Problem
from rules.rule import RuleSet
from rules.testing import CaseResult, Decide, run_cases


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """Of a rule set with `problems` no test case is run."""

    ruleset: str
    version: str
    problems: tuple[Problem, ...] = ()
    advice: tuple[Problem, ...] = ()
    cases: tuple[CaseResult, ...] = ()
    coverage: tuple[RuleCoverage, ...] = ()


def examine(
    ruleset: RuleSet,
    fact_types: Mapping[str, FactType],
    calendars: Mapping[str, BusinessCalendar],
    decide: Decide = decide,
) -> Examination:
    """Return what is wrong with *ruleset*, what may be, and what its test cases say."""
    compiled = compile_ruleset(ruleset, fact_types)
    try:
        wrong = problems(compiled, calendars)
        return Examination(
            ruleset=ruleset.ruleset,
            version=ruleset.version,
            problems=wrong,
            advice=() if wrong else tuple(advice(compiled)),
            cases=() if wrong else tuple(run_cases(compiled, decide, calendars)),
            coverage=() if wrong else tuple(coverage(compiled, calendars)),
        )
    finally:
        compiled.close()
