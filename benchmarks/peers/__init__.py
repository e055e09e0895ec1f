"""
The same rules over the same cases by other engines, side by side in one run.

Each is given the same plain facts, brings them into the form that it takes, and says which rules
hold of which timesheets: all of that is timed, and all must say the same.
"""

import gc
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Protocol

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.figure import Figure
from benchmarks.installation import Installation
from benchmarks.peers import ours, plain, work
from controlplane.ruleprocess.supervisor import RuleProcesses

SIZES = (3, 50)
CHECKED = 128
CASES = {3: 640, 50: 320}
BATCH = 32


class Peer(Protocol):
    """`ask` gives each of `batch` cases its outcome."""

    name: str
    note: str
    batch: int

    def ask(self, cases: Sequence[work.Case]) -> list[work.Outcome]: ...
    def close(self) -> None: ...


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`p50` and `p99` are of a call, in microseconds; a call is of `batch` cases."""

    name: str
    rules: int
    batch: int
    rate: float
    p50: float
    p99: float


class Run(msgspec.Struct, frozen=True):
    """The seconds of a run, and those that each call took."""

    seconds: float
    calls: Sequence[float]


def measure(installation: Installation, runs: int) -> list[Figure]:
    del installation
    notes: dict[str, str] = {}
    lines = [line for size in SIZES for line in _lines(size, runs, notes)]
    _show(lines, notes)
    return [
        one for size in SIZES for one in _figures([line for line in lines if line.rules == size])
    ]


def _lines(size: int, runs: int, notes: dict[str, str]) -> list[Line]:
    rules = work.rules(size)
    with ExitStack() as stack:
        one, two = (stack.enter_context(RuleProcesses(n, explain=False)) for n in (1, 2))
        told = stack.enter_context(RuleProcesses(2))
        through = [
            ours.Apart("a rule process", rules, one, 1),
            ours.Apart("a rule process", rules, one, BATCH),
            ours.Apart("two rule processes", rules, two, BATCH),
            ours.Ahead("two rule processes", rules, two, BATCH),
            ours.Ahead("two rule processes, explained", rules, told, BATCH),
        ]
        peers = [stack.enter_context(closing(one)) for one in (*_peers(rules, notes), *through)]
        notes.update((one.name, one.note) for one in peers)
        _agree(peers, work.cases(CHECKED, rules=size, seed=0))
        gc.collect()
        gc.freeze()
        times: dict[str, list[Run]] = {one.name: [] for one in peers}
        for run in range(runs):
            cases = work.cases(CASES[size], rules=size, seed=run + 1)
            for peer in peers:
                times[peer.name].append(_times(peer, cases))
        return [_line(one, size, times[one.name]) for one in peers]


def _peers(rules: Sequence[work.Rule], notes: dict[str, str]) -> Iterator[Peer]:
    made: list[Callable[[], Peer]] = [
        lambda: plain.Plain(rules),
        lambda: _drools(rules),  # whose machine works on for a while, which takes a core of two
        lambda: ours.EngineAlone(rules),
        lambda: ours.Here(rules, explain=False),
        lambda: ours.Here(rules, explain=True),
        lambda: _zen(rules),
        lambda: _rule_engine(rules),
    ]
    for make in made:
        try:
            yield make()
        except ImportError as error:
            notes[str(error)] = "not measured; `make bench` installs the peers"


def _zen(rules: Sequence[work.Rule]) -> Peer:
    from benchmarks.peers.zenengine import Zen  # noqa: PLC0415 - may not be installed

    return Zen(rules)


def _rule_engine(rules: Sequence[work.Rule]) -> Peer:
    from benchmarks.peers.ruleengine import RuleEngine  # noqa: PLC0415 - likewise

    return RuleEngine(rules)


def _drools(rules: Sequence[work.Rule]) -> Peer:
    from benchmarks.peers.droolsjpy import Drools  # noqa: PLC0415 - likewise

    return Drools(rules)


def _agree(peers: Sequence[Peer], cases: Sequence[work.Case]) -> None:
    """Let every engine answer every case, more than once where it warms up; all say the same."""
    wanted = peers[0].ask(cases)
    assert any(wanted), "no rule holds of any case"
    for peer in peers:
        for _ in range(3):
            found = [one for batch in _batches(cases, peer.batch) for one in peer.ask(batch)]
            assert found == wanted, f"{peer.name} answers otherwise"


def _times(peer: Peer, cases: Sequence[work.Case]) -> Run:
    if isinstance(peer, ours.Ahead):
        return _times_ahead(peer, cases)
    taken = []
    for batch in _batches(cases, peer.batch):
        begun = time.perf_counter()
        peer.ask(batch)
        taken.append(time.perf_counter() - begun)
    return Run(sum(taken), taken)


def _times_ahead(peer: ours.Ahead, cases: Sequence[work.Case]) -> Run:
    waiting: deque[tuple[float, Callable[[], list[work.Outcome]]]] = deque()
    taken = []

    def hear() -> None:
        asked, answer = waiting.popleft()
        answer()
        taken.append(time.perf_counter() - asked)

    begun = time.perf_counter()
    for batch in _batches(cases, peer.batch):
        waiting.append((time.perf_counter(), peer.begin(batch)))
        if len(waiting) == peer.ahead:
            hear()
    while waiting:
        hear()
    return Run(time.perf_counter() - begun, taken)


def _batches(cases: Sequence[work.Case], size: int) -> Iterator[Sequence[work.Case]]:
    return (cases[at : at + size] for at in range(0, len(cases), size))


def _line(peer: Peer, size: int, runs: Sequence[Run]) -> Line:
    every = sorted(one for run in runs for one in run.calls)
    return Line(
        name=peer.name,
        rules=size,
        batch=peer.batch,
        rate=statistics.median(peer.batch * len(run.calls) / run.seconds for run in runs),
        p50=statistics.median(every) * 1e6,
        p99=every[int(len(every) * 0.99)] * 1e6,
    )


def _figures(lines: Sequence[Line]) -> list[Figure]:
    """Compare our own with the fastest engine; functions written for the work are none."""
    mine = [one for one in lines if one.name.startswith("controlplane")]
    others = [one for one in lines if one not in mine and one.name != plain.Plain.name]
    fastest = max(others, key=lambda one: one.rate, default=None)
    if fastest is None:
        return []
    return [
        Figure(
            goal=None,
            name=f"{one.rules} rules: {one.name}",
            unit="decisions/s",
            measured=one.rate,
            limit=fastest.rate,
            against=fastest.name,
            ratio=one.rate / fastest.rate,
            wanted=None if one.name.endswith(" 1 a batch") else 1.0,
        )
        for one in mine
        if not one.name.endswith("explained") and "explained," not in one.name
    ]


def _show(lines: Sequence[Line], notes: dict[str, str]) -> None:
    table = Table("engine", *(f"{size} rules: {told}" for size in SIZES for told in _TOLD))
    for name in dict.fromkeys(one.name for one in lines):
        cells = [
            f"{value:,.0f}"
            for one in lines
            if one.name == name
            for value in (one.rate, one.p50, one.p99)
        ]
        table.add_row(name, *cells)
    console = Console(stderr=True)
    Console(stderr=True, width=max(console.width, 140)).print(table)
    for name, note in notes.items():
        console.print(f"{name}: {note}.", highlight=False)


_TOLD = ("decisions/s", "p50 µs a call", "p99")
