"""
Our own: decisions with their reasons and evidence, of which the reference checks every one.

Explained, they also say of each quiet rule why it is.
"""

from collections.abc import Callable, Sequence

import msgspec

from benchmarks.peers.work import Case, Condition, Outcome, Rule
from controlplane.ruleprocess.supervisor import RuleProcesses
from rules.compiling import compile_ruleset
from rules.deciding import decide
from rules.decision import Decision, Fact
from rules.fact import FactType
from rules.language import read_ruleset
from rules.reference import by_type

TYPES = {
    "timesheet": FactType(
        name="timesheet",
        fields={"status": "text", "role": "text", "hours": "integer", "price": "integer"},
    ),
    "engagement": FactType(name="engagement", fields={"region": "text", "cap": "integer"}),
    "rate": FactType(name="rate", fields={"role": "text", "floor": "integer"}),
}
NOTE = "joins by itself; with reasons, evidence, the reference's check"
EXPLAINED = NOTE + " and why each quiet rule is quiet"


class Here:
    batch = 1

    def __init__(self, rules: Sequence[Rule], *, explain: bool) -> None:
        self.name = "controlplane, in process" + (", explained" if explain else "")
        self.note = EXPLAINED if explain else NOTE
        self._explain = explain
        self._compiled = compile_ruleset(read_ruleset(document(rules)), TYPES)

    def ask(self, cases: Sequence[Case]) -> list[Outcome]:
        compiled, explain = self._compiled, self._explain
        return [_outcome(decide(compiled, facts_of(one), explain=explain)) for one in cases]

    def close(self) -> None:
        self._compiled.close()


class EngineAlone:
    """Which rules hold, and no more: what the others answer."""

    name, batch = "controlplane, in process, engine alone", 1
    note = "joins by itself; which rules hold and no more, as the others"

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._compiled = compile_ruleset(read_ruleset(document(rules)), TYPES)

    def ask(self, cases: Sequence[Case]) -> list[Outcome]:
        return [self._asked(facts_of(one)) for one in cases]

    def _asked(self, facts: list[Fact]) -> Outcome:
        compiled = self._compiled
        shown = compiled.projection.show(facts, by_type(facts), frozenset())
        found = {
            (compiled.units[rule], facts[binding[0]].id)
            for number, wanted in compiled.sieve.sift(shown, frozenset()).items()
            for rule, binding in compiled.engines.ask(
                number, *shown.facts(compiled.shards[number], wanted)
            )
        }
        return frozenset(found)

    def close(self) -> None:
        self._compiled.close()


class Apart:
    """The same through rule processes."""

    note = "facts and decisions cross a pipe"
    ahead = 1

    def __init__(self, name: str, rules: Sequence[Rule], how: RuleProcesses, batch: int) -> None:
        self.name, self.batch = f"controlplane, {name}, {batch} a batch", batch
        self._processes, self._key = how, f"work-{len(rules)}"
        how.load(self._key, document(rules), TYPES)

    def ask(self, cases: Sequence[Case]) -> list[Outcome]:
        return self.begin(cases)()

    def begin(self, cases: Sequence[Case]) -> Callable[[], list[Outcome]]:
        """Ask about *cases*; return who says the answer."""
        answer = self._processes.ask(self._key, [facts_of(one) for one in cases])
        return lambda: [_outcome(one) for one in answer()]

    def close(self) -> None:
        pass


class Ahead(Apart):
    """The same, asked as the worker asks: the next before the answer to the last is read."""

    note = f"{Apart.note}; more is asked before an answer is read, as the worker does"
    ahead = 4

    def __init__(self, name: str, rules: Sequence[Rule], how: RuleProcesses, batch: int) -> None:
        super().__init__(name, rules, how, batch)
        self.name += ", ahead"


def _outcome(decision: Decision) -> Outcome:
    assert not decision.not_evaluated, decision.not_evaluated
    assert decision.by_reference is None, "the rule process gave no answer"
    return frozenset((one.rule, one.occurrence) for one in decision.firings)


def facts_of(case: Case) -> list[Fact]:
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
