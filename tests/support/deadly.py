"""
A nursery whose rule processes meet their end over marked cases, in the engine's own C code.

A case is marked by the text of any field; so that a batch can be told to be deadly by its facts
alone. The reference meets its end over a mark of its own.
"""

import json
import socket
from collections.abc import Sequence
from multiprocessing.connection import Connection
from unittest.mock import patch

import durable_rules_engine as native

from controlplane.ruleprocess import nursery, process
from rules.compiling import CompiledRuleSet
from rules.deciding import Step, decide_each
from rules.decision import Decision, Fact

MARKS = ("SIGSEGV", "SIGFPE", "an endless loop", "out of memory")
WRONG = "a wrong answer"
BOTH = "SIGSEGV, and the reference too"


def run(pipe: Connection, given: socket.socket, limits: process.Limits) -> None:
    process._VERBS = {"decide": _decide, "reference": _reference}
    nursery.run(pipe, given, limits)


def _decide(
    compiled: CompiledRuleSet, cases: Sequence[Sequence[Fact]], *, step: Step
) -> list[Decision]:
    def deadly(number: int) -> None:
        step(number)
        for one in _texts(cases[number]):
            if one in DEADLY:
                DEADLY[one]()

    if any(WRONG in _texts(case) for case in cases):
        with patch.object(compiled.engines, "ask", lambda *_: set()):
            return decide_each(compiled, cases, step=step)
    return decide_each(compiled, cases, step=deadly)


def _reference(
    compiled: CompiledRuleSet, cases: Sequence[Sequence[Fact]], *, step: Step
) -> list[Decision]:
    if any(BOTH in _texts(case) for case in cases):
        crash()
    return decide_each(compiled, cases, by_engine=False, step=step)


def _texts(facts: Sequence[Fact]) -> list[str]:
    return [one for fact in facts for one in fact.values.values() if isinstance(one, str)]


def _created(rules: dict[str, object]) -> int:
    return native.create_ruleset("deadly", json.dumps(rules))


def _show(handle: int, fact: dict[str, object], number: int = 0) -> None:
    native.assert_fact(handle, json.dumps({**fact, "sid": "s", "id": str(number)}))


def crash() -> None:
    """A list nested deeper than the engine's stack."""
    handle = _created({"r": {"all": [{"a": {"x": 1}}]}})
    deep = "[" * 200_000 + "]" * 200_000
    native.assert_fact(handle, '{"sid": "s", "id": "0", "x": ' + deep + "}")


def divide() -> None:
    quotient = {"$div": {"$l": {"a": "x"}, "$r": {"a": "y"}}}
    handle = _created(
        {"r": {"all": [{"a": {"t": 1}}, {"b": {"$and": [{"t": 2}, {"x": quotient}]}}]}}
    )
    _show(handle, {"t": 1, "x": 1, "y": 0})
    _show(handle, {"t": 2, "x": 1}, 1)


def hang() -> None:
    """So many first conditions that a table of the engine is full, which it searches for ever."""
    _created({f"r{number}": {"all": [{"a": {f"p{number}": 1}}]} for number in range(513)})


def grow() -> None:
    """Every combination of ever more facts is kept."""
    patterns = [{name: {"t": 1}} for name in "abcd"]
    handle = _created({"r": {"all": patterns, "cap": 65535}})
    for number in range(10_000):
        _show(handle, {"t": 1}, number)


DEADLY = dict(zip((*MARKS, BOTH), (crash, divide, hang, grow, crash), strict=True))
