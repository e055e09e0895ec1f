"""What nothing but Python does: a function a rule, and a loop over each case's timesheets."""

from collections.abc import Callable, Sequence

from benchmarks.peers.work import Case, Condition, Outcome, Rule, Values

NOTE = "functions written for the work; knows which fact stands beside which"


class Plain:
    name, note, batch = "plain Python functions", NOTE, 1

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [(one.name, one.beside, _function(one)) for one in rules]

    def ask(self, cases: Sequence[Case]) -> list[Outcome]:
        return [self._asked(one) for one in cases]

    def _asked(self, case: Case) -> Outcome:
        beside = {"engagement": case.engagement, "rate": case.rate, "": {}}
        return frozenset(
            (name, str(week["id"]))
            for name, other, holds in self._rules
            for week in case.weeks
            if holds(week, beside[other])
        )

    def close(self) -> None:
        pass


def _function(rule: Rule) -> Callable[[Values, Values], bool]:
    """Return the rule as the function that a programmer would have written."""
    own = [_source(one, "week") for one in rule.week]
    joined = [_source(one, "other") for one in rule.joined]
    source = f"lambda week, other: {' and '.join((*own, *joined))}"
    function: Callable[[Values, Values], bool] = eval(source)  # noqa: S307 - our own words
    return function


def _source(condition: Condition, name: str) -> str:
    against = f"week[{condition.other!r}]" if condition.other else repr(condition.value)
    return f"{name}[{condition.field!r}] {condition.operator} {against}"
