"""
Goals 1 and 2: the worker's pipeline from log to state.

1 is the events per second against what they would be if only the rules took time: they alone
are asked again what the pipeline asked them, neither less nor more.
2 is the time of the pipeline's stages against the time of the whole.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks import traffic
from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation
from controlplane.admission import Admission
from controlplane.consumer import Consumer
from controlplane.database import open_databases, writing
from controlplane.logwriter import LogWriter
from controlplane.pipeline import processing
from controlplane.pipeline.deciding import Decider
from controlplane.pipeline.processing import Processing
from controlplane.registry import Registry
from controlplane.ruleprocess.supervisor import RuleProcesses
from observability.intake.limits import DEFAULT_LIMITS
from observability.intake.modes import read_events
from observability.log import stores as log
from rules.decision import Decision, Fact
from rules.fact import FactType

EVENTS = 3_000
BATCH = 100
STAGES = ("correlate", "fold", "clock", "roll_up", "settle")


class Recorder(Decider):
    """A decider that remembers what it was asked, so that the rules alone can be asked again."""

    def __init__(self, rules: RuleProcesses) -> None:
        self._rules = rules
        self.asked: list[tuple[str, Sequence[Sequence[Fact]]]] = []

    def load(self, key: str, ruleset: str, fact_types: Mapping[str, FactType]) -> None:
        self._rules.load(key, ruleset, fact_types)

    def ask(self, key: str, cases: Sequence[Sequence[Fact]]) -> Callable[[], list[Decision]]:
        self.asked.append((key, cases))
        return self._rules.ask(key, cases)


def measure(installation: Installation, runs: int) -> list[Figure]:
    with RuleProcesses(1) as rules:

        def against_rules() -> tuple[float, float]:
            recorder = Recorder(rules)
            took = pipeline(installation.copy(), recorder)
            return EVENTS / took, EVENTS / asked_again(rules, recorder.asked)

        def against_stages() -> tuple[float, float]:
            spent: dict[str, float] = {}
            with _timed(spent):
                took = pipeline(installation.copy(), rules)
            return EVENTS / took, EVENTS / sum(spent.values())

        return [
            compare(
                against_rules,
                goal=1,
                name="log to state, batches of 100",
                unit="events/s",
                against="if only the rules took time",
                runs=runs,
                wanted=0.65,
            ),
            compare(
                against_stages,
                goal=2,
                name="log to state, batches of 100",
                unit="events/s",
                against="if only its stages took time",
                runs=runs,
                wanted=0.85,
            ),
        ]


def pipeline(folder: Path, decider: Any, *, events: int = EVENTS, batch: int = BATCH) -> float:
    """Return the seconds in which *events* new events of the log become state."""
    databases = open_databases(folder, None)
    append(databases, traffic.batches(events, batch))
    consumer = Consumer(databases, Processing(decider))
    begun = time.perf_counter()
    while consumer.step(batch):
        pass
    took = time.perf_counter() - begun
    databases.close()
    return took


def append(databases: Any, bodies: Sequence[bytes]) -> None:
    """Admit *bodies* as the API does, without HTTP."""
    writer = LogWriter(databases.log)
    admission = Admission(writer, Registry(databases), lag=lambda: 0)
    headers = [("content-type", "application/cloudevents-batch+json")]
    for body in bodies:
        at = traffic.BEGIN
        read = read_events(body, headers=headers, at=at, backfill=False, limits=DEFAULT_LIMITS)
        judged = admission.judge_events(read, at=at)
        admission.submit(judged).result()
        assert not judged.quarantined, judged.quarantined[0]
    writer.close()


def asked_again(
    rules: RuleProcesses, asked: Sequence[tuple[str, Sequence[Sequence[Fact]]]]
) -> float:
    """Return the seconds in which the rules alone answer what they were *asked*."""
    begun = time.perf_counter()
    for answer in [rules.ask(key, cases) for key, cases in asked]:
        answer()
    return time.perf_counter() - begun


@contextmanager
def _timed(spent: dict[str, float]) -> Iterator[None]:
    """Let *spent* gather the seconds of each stage, of reading the log and of committing."""
    patches = [patch.object(processing, name, _timing(name, spent)) for name in STAGES]
    patches += [
        patch.object(processing, "ask", _asking(spent)),
        patch("controlplane.consumer.log.read", _timing_of("read", log.read, spent)),
        patch("controlplane.consumer.writing", _committing(spent)),
    ]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def _timing(name: str, spent: dict[str, float]) -> Callable[..., Any]:
    return _timing_of(name, getattr(processing, name), spent)


def _asking(spent: dict[str, float]) -> Callable[..., Any]:
    """What is worked out before the rules are asked, and how long they are waited for."""
    asking = _timing("ask", spent)
    return lambda *given, **named: _timing_of("answer", asking(*given, **named), spent)


def _timing_of(
    name: str, called: Callable[..., Any], spent: dict[str, float]
) -> Callable[..., Any]:
    @wraps(called)
    def timed(*positional: Any, **named: Any) -> Any:
        begun = time.perf_counter()
        try:
            return called(*positional, **named)
        finally:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - begun

    return timed


def _committing(spent: dict[str, float]) -> Callable[..., Any]:
    @contextmanager
    def timed(engine: Any) -> Iterator[Any]:
        with writing(engine) as connection:
            yield connection
            begun = time.perf_counter()
        spent["commit"] = spent.get("commit", 0.0) + time.perf_counter() - begun

    return timed
