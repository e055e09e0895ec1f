"""
How long a rule set of 1,000 rules takes to be read and type-checked, and how fast it decides.

The limit of deciding is the engine alone, asked every one of the rules about every fact.
"""

import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation
from benchmarks.peers import ours, work
from rules.checking import problems
from rules.compiling import CompiledRuleSet, compile_ruleset
from rules.deciding import decide
from rules.decision import Fact
from rules.fact import FactType
from rules.language import MAX_RULES, read_ruleset
from rules.reference import by_type

SECONDS = 5.0
CASES = 30
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
        *(_deciding(runs, explain=explain) for explain in (False, True)),
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


def _deciding(runs: int, *, explain: bool) -> Figure:
    compiled = compile_ruleset(read_ruleset(ours.document(work.rules(MAX_RULES))), ours.TYPES)
    serial = iter(range(runs + 1))

    def run() -> tuple[float, float]:
        cases = work.cases(CASES, rules=MAX_RULES, seed=next(serial))
        facts = [ours.facts_of(one) for one in cases]
        return (
            _rate(lambda case: decide(compiled, case, explain=explain), facts),
            _rate(lambda case: _every_rule(compiled, case), facts),
        )

    run()  # opens the engines
    told = "decisions, explained," if explain else "decisions"
    return compare(
        run,
        goal=None,
        name=f"{told} by {MAX_RULES:,} rules of two patterns, five facts",
        unit="decisions/s",
        against="the engine alone, asked every rule",
        runs=runs,
        wanted=None if explain else 1.0,
    )


def _rate(ask: Callable[[list[Fact]], object], cases: Sequence[list[Fact]]) -> float:
    begun = time.perf_counter()
    for case in cases:
        ask(case)
    return len(cases) / (time.perf_counter() - begun)


def _every_rule(compiled: CompiledRuleSet, facts: list[Fact]) -> None:
    types = by_type(facts)
    shown = compiled.projection.show(facts, types, frozenset())
    for number, shard in enumerate(compiled.shards):
        wanted = {one.code: set(types.get(one.kind.fact_type, ())) for one in shard.showings}
        compiled.engines.ask(number, *shown.facts(shard, wanted))
