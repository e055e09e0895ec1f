"""GoRules' zen-engine: one decision table, of which all the rows that hold are collected."""

import json
from collections.abc import Sequence

import zen

from benchmarks.peers.work import Case, Condition, Outcome, Rule, Values

NOTE = "one call a case: a decision table over rows that the caller joins"
_NODE = {"position": {"x": 0, "y": 0}}


class Zen:
    name, note, batch = "zen-engine", NOTE, 1

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._decision = zen.ZenEngine().create_decision(json.dumps(document(rules)))

    def ask(self, cases: Sequence[Case]) -> list[Outcome]:
        return [self.asked(one.rows()) for one in cases]

    def asked(self, rows: Sequence[Values]) -> Outcome:
        found = self._decision.evaluate({"rows": rows})["result"]["rows"]
        return frozenset((one["rule"], one["week"]) for row in found for one in row)

    def close(self) -> None:
        pass


def document(rules: Sequence[Rule]) -> dict[str, object]:
    """Return *rules* as a JDM decision: a column a field, a row a rule."""
    cells = [dict(_cells(one)) for one in rules]
    columns = list(dict.fromkeys(name for row in cells for name in row))
    table = {
        "hitPolicy": "collect",
        "executionMode": "loop",
        "inputField": "rows",
        "outputPath": "rows",
        "inputs": [{"id": name, "name": name, "field": name} for name in columns],
        "outputs": [
            {"id": "rule", "name": "rule", "field": "rule"},
            {"id": "week", "name": "week", "field": "week"},
        ],
        "rules": [
            {
                "_id": rule.name,
                **{name: row.get(name, "") for name in columns},
                "rule": json.dumps(rule.name),
                "week": "t_id",
            }
            for rule, row in zip(rules, cells, strict=True)
        ],
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", **_NODE},
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": table, **_NODE},
        {"id": "out", "type": "outputNode", "name": "out", **_NODE},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}


def _cells(rule: Rule) -> list[tuple[str, str]]:
    own = [(f"t_{one.field}", _cell(one)) for one in rule.week]
    return own + [(f"{rule.beside}_{one.field}", _cell(one)) for one in rule.joined]


def _cell(condition: Condition) -> str:
    against = f"t_{condition.other}" if condition.other else json.dumps(condition.value)
    return against if condition.operator == "==" else f"{condition.operator} {against}"
