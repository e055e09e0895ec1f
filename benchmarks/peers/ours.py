"""
Our own: whole decisions, with their reasons, evidence and explanations.

Every decision of the engine is checked by the reference, and says of each quiet rule why.
"""

from collections.abc import Sequence

import msgspec

from benchmarks.peers.work import Case, Condition, Outcome, Rule
from controlplane.supervisor import RuleProcesses
from rules.compiling import compile_ruleset
from rules.deciding import decide
from rules.decision import Decision, Fact
from rules.fact import FactType
from rules.language import read_ruleset

TYPES = {
    "timesheet": FactType(
        name="timesheet",
        fields={"status": "text", "role": "text", "hours": "integer", "price": "integer"},
    ),
    "engagement": FactType(name="engagement", fields={"region": "text", "cap": "integer"}),
    "rate": FactType(name="rate", fields={"role": "text", "floor": "integer"}),
}
NOTE = "joins by itself; reasons, evidence, why not, and the reference's check included"


class Here:
    name, note, batch = "controlplane, in process", NOTE, 1

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._compiled = compile_ruleset(read_ruleset(document(rules)), TYPES)

    def ask(self, cases: Sequence[Case]) -> list[Outcome]:
        return [_outcome(decide(self._compiled, _facts(one))) for one in cases]

    def close(self) -> None:
        self._compiled.close()


class Apart:
    """The same through one rule process."""

    note = NOTE + "; facts and decisions cross a pipe"

    def __init__(self, rules: Sequence[Rule], processes: RuleProcesses, batch: int) -> None:
        self.name, self.batch = f"controlplane, a rule process, {batch} a batch", batch
        self._processes, self._key = processes, f"work-{len(rules)}"
        processes.load(self._key, document(rules), TYPES)

    def ask(self, cases: Sequence[Case]) -> list[Outcome]:
        given = [_facts(one) for one in cases]
        return [_outcome(one) for one in self._processes.decide(self._key, given)]

    def close(self) -> None:
        pass


def _outcome(decision: Decision) -> Outcome:
    assert not decision.not_evaluated, decision.not_evaluated
    assert decision.by_reference is None, "the rule process gave no answer"
    return frozenset((one.rule, one.occurrence) for one in decision.firings)


def _facts(case: Case) -> list[Fact]:
    return [
        Fact(
            type=name,
            id=str(values["id"]),
            values={field: value for field, value in values.items() if field != "id"},
        )
        for name, values in case.facts()
    ]


def document(rules: Sequence[Rule]) -> str:
    """Return *rules* as a rule set of ours."""
    written = {
        "ruleset": "work",
        "version": "1.0.0",
        "title": "Work",
        "process": "none",
        "rules": [_rule(one) for one in rules],
    }
    return msgspec.json.format(msgspec.json.encode(written)).decode()


def _rule(rule: Rule) -> dict[str, object]:
    when: list[object] = [
        {"each": "timesheet as t", "where": [_written(one, "t") for one in rule.week]}
    ]
    if rule.beside:
        where = [_written(one, "o") for one in rule.joined]
        when.append({"each": f"{rule.beside} as o", "where": where})
    return {
        "rule": rule.name,
        "version": "1.0.0",
        "title": rule.name,
        "severity": "low",
        "type": "WORK",
        "when": when,
        "outcome": "blocked",
        "reason": "{t.hours} hours.",
    }


def _written(condition: Condition, name: str) -> str:
    value = condition.value
    literal = f'"{value}"' if isinstance(value, str) else str(value)
    against = f"t.{condition.other}" if condition.other else literal
    return f"{name}.{condition.field} {condition.operator} {against}"
