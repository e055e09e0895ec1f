"""How long a rule set of 1,000 rules takes to be read, type-checked and looked through."""

import time
from collections.abc import Iterator

import msgspec

from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation
from rules.checking import problems
from rules.compiling import compile_ruleset
from rules.deciding import decide
from rules.decision import Fact
from rules.fact import FactType
from rules.language import MAX_RULES, read_ruleset

SECONDS = 5.0
TYPES = {
    "timesheet": FactType(
        name="timesheet",
        fields={"role": "text", "status": "text", "lines": "integer", "hours": "decimal"},
    ),
    "engagement": FactType(name="engagement", fields={"role": "text", "cap": "integer"}),
}


def measure(installation: Installation, runs: int) -> list[Figure]:
    del installation
    text = written(MAX_RULES)
    return [
        compare(
            lambda: (_seconds(text), SECONDS),
            goal=None,
            name=f"{MAX_RULES:,} rules read and checked",
            unit="seconds",
            against="the promise",
            runs=runs,
            wanted=1.0,
            sense="at most",
        ),
        compare(
            lambda: (_decisions(text), _decisions(written(20))),
            goal=None,
            name=f"decisions by {MAX_RULES:,} rules",
            unit="decisions/s",
            against="by 20 rules",
            runs=runs,
        ),
    ]


def written(count: int) -> str:
    """Return a rule set of *count* rules, each a little different, as a document."""
    document = {
        "ruleset": "large",
        "version": "1.0.0",
        "title": "Large",
        "process": "none",
        "rules": list(_rules(count)),
    }
    return msgspec.json.format(msgspec.json.encode(document)).decode()


def _rules(count: int) -> Iterator[dict[str, object]]:
    for number in range(count):
        yield {
            "rule": f"rule-{number}",
            "version": "1.0.0",
            "title": f"Rule {number}",
            "severity": "low",
            "type": f"TYPE_{number % 50}",
            "when": [
                {
                    "each": "timesheet as t",
                    "where": ['t.status == "approved"', f"between(t.lines, {number}, 5000)"],
                },
                {"each": "engagement as e", "where": ["e.role == t.role", "e.cap < t.lines"]},
            ],
            "outcome": "blocked",
            "reason": "{t.lines} lines are more than {e.cap}.",
            "tests": [
                {
                    "name": "it fires",
                    "given": [
                        {"timesheet": "T", "status": "approved", "lines": 4000, "role": "a"},
                        {"engagement": "E", "role": "a", "cap": 3},
                    ],
                    "fires": ["T"],
                }
            ],
        }


def _seconds(text: str) -> float:
    begun = time.perf_counter()
    compiled = compile_ruleset(read_ruleset(text), TYPES)
    assert problems(compiled) == ()
    return time.perf_counter() - begun


def _decisions(text: str) -> float:
    compiled = compile_ruleset(read_ruleset(text), TYPES)
    facts = [
        Fact(type="timesheet", id="T", values={"status": "approved", "lines": 500, "role": "a"}),
        Fact(type="engagement", id="E", values={"role": "a", "cap": 3}),
    ]
    decide(compiled, facts)  # opens the engines
    begun = time.perf_counter()
    for _ in range(5):
        decide(compiled, facts)
    rate = 5 / (time.perf_counter() - begun)
    compiled.close()
    return rate
