"""
Drools in this process, by drools-jpy: facts are asserted as JSON, and retracted again.

Needs Java 17 or later. `JAVA_HOME` is found beside the `java` that is on the path.
"""

import json
import logging
import os
import shutil
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.peers.work import Case, Condition, Outcome, Rule

NOTE = "joins by itself; facts and matches are JSON; every fact asserted, then retracted"
_decode = msgspec.json.Decoder().decode
_EXPRESSIONS = {
    "==": "EqualsExpression",
    "<": "LessThanExpression",
    ">": "GreaterThanExpression",
}


class Drools:
    name, note, batch = "drools-jpy", NOTE, 1

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Raise `ImportError` when there is no Java."""
        self._engine = _engine()
        document = {
            "name": f"work-{len(rules)}",
            "hosts": ["all"],
            "sources": [],
            "match_multiple_rules": True,
            "rules": [_rule(one) for one in rules],
        }
        self._session = self._engine.createRuleset(json.dumps(document))

    def ask(self, cases: Sequence[Case]) -> list[Outcome]:
        return [self._asked(one) for one in cases]

    def _asked(self, case: Case) -> Outcome:
        engine, session = self._engine, self._session
        facts = [_encode({"type": name, **values}) for name, values in case.facts()]
        found = [_decode(engine.assertFact(session, fact)) for fact in facts]
        for fact in facts:
            engine.retractFact(session, fact)
        return frozenset(
            (rule, bound["t"]["id"])
            for matches in found
            for match in matches
            for rule, bound in match.items()
        )

    def close(self) -> None:
        self._engine.dispose(self._session)


def _encode(fact: dict[str, Any]) -> str:
    return msgspec.json.encode(fact).decode()


def _engine() -> Any:
    java = shutil.which("java")
    if java is None:
        raise ImportError("no Java")
    os.environ.setdefault("JAVA_HOME", str(Path(java).resolve().parent.parent))
    os.environ.setdefault("DROOLS_JPY_JVM_LOG", "logFile=System.err,defaultLogLevel=error")
    logging.getLogger("jpyutil").setLevel(logging.ERROR)
    from drools.ruleset import RulesetCollection  # noqa: PLC0415 - starts a virtual machine

    return RulesetCollection.api()


def _rule(rule: Rule) -> dict[str, Any]:
    patterns = [_pattern("t", "timesheet", rule.week)]
    if rule.beside:
        patterns.append(_pattern("o", rule.beside, rule.joined))
    actions = [{"Action": {"action": "none", "action_args": {}}}]
    condition = {"AllCondition": patterns}
    return {
        "Rule": {"name": rule.name, "condition": condition, "actions": actions, "enabled": True}
    }


def _pattern(name: str, fact_type: str, conditions: Sequence[Condition]) -> dict[str, Any]:
    typed = Condition("type", "==", fact_type)
    both = reduce(
        lambda left, right: {"AndExpression": {"lhs": left, "rhs": right}},
        [_expression(one) for one in (typed, *conditions)],
    )
    return {"AssignmentExpression": {"lhs": {"Facts": name}, "rhs": both}}


def _expression(condition: Condition) -> dict[str, Any]:
    if condition.other:
        against: dict[str, Any] = {"Facts": f"t.{condition.other}"}
    else:
        kind = "String" if isinstance(condition.value, str) else "Integer"
        against = {kind: condition.value}
    return {_EXPRESSIONS[condition.operator]: {"lhs": {"Fact": condition.field}, "rhs": against}}
