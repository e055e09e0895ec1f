"""The rule-engine package: an expression a rule, asked of each joined row."""

import json
from collections.abc import Sequence

import rule_engine

from benchmarks.peers.work import Case, Condition, Outcome, Rule

NOTE = "an expression a rule over rows that the caller joins"


class RuleEngine:
    name, note, batch = "rule-engine", NOTE, 1

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [(one.name, rule_engine.Rule(_expression(one))) for one in rules]

    def ask(self, cases: Sequence[Case]) -> list[Outcome]:
        return [self._asked(one) for one in cases]

    def _asked(self, case: Case) -> Outcome:
        rows = case.rows()
        return frozenset(
            (name, str(row["t_id"])) for name, rule in self._rules for row in rule.filter(rows)
        )

    def close(self) -> None:
        pass


def _expression(rule: Rule) -> str:
    own = [_written(one, "t") for one in rule.week]
    return " and ".join((*own, *(_written(one, rule.beside) for one in rule.joined)))


def _written(condition: Condition, name: str) -> str:
    against = f"t_{condition.other}" if condition.other else json.dumps(condition.value)
    return f"{name}_{condition.field} {condition.operator} {against}"
