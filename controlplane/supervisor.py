"""
Rules are decided in processes that may die, and no decision dies with them.

A process that crashes, hangs or outgrows its memory is replaced; its batch is answered by
the reference here, which gives the same decisions, and is not tried again. A process that is
still starting or loading is given longer, and the reference answers meanwhile. One thread calls.
"""

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Timer
from time import monotonic
from types import TracebackType
from typing import Any, Literal, Self

import msgspec
import structlog
from msgspec.structs import replace

from controlplane import ruleprocess
from controlplane.spared import Spared
from controlplane.telemetry import meter
from rules.compiling import CompiledRuleSet, compile_ruleset
from rules.deciding import decide_reference
from rules.decision import Alone, Decision, Fact, ReferenceAlone
from rules.fact import FactType
from rules.language import read_ruleset
from rules.memory import Memory
from rules.packing import pack_fact

BATCH_SECONDS = 10.0
LOAD_SECONDS = 15.0
LONGEST_REST_SECONDS = 60.0
MEMORY_BYTES = 1024**3
MAX_LOADED = 32
SMALLEST_SHARE = 16
FACTS_PACKED = 10_000
_FITS_THE_PIPE = 32 * 1024
_logger = structlog.get_logger(__name__)
_deaths = meter.create_counter(
    "controlplane_rule_process_deaths", description="Rule processes that died or were ended"
)
_by_reference = meter.create_counter(
    "controlplane_decisions_by_reference",
    description="Cases that the reference decided alone, by why: starting, died",
)
_decisions = msgspec.msgpack.Decoder(list[Decision])


class ProcessDiedError(RuntimeError):
    """A rule process died, or was ended because it took too long."""


class LateStartError(ProcessDiedError):
    """A rule process was not ready in its time, which is nothing that a case did."""


class _RuleSet(msgspec.Struct):
    text: str
    fact_types: dict[str, FactType]
    compiled: CompiledRuleSet | None = None


class _Awaited(msgspec.Struct):
    """What a process does before it can decide: load *key*, or start where that is empty."""

    key: str
    deadline: float
    waited: bool = False


class _Limits(msgspec.Struct, frozen=True, kw_only=True):
    batch_seconds: float
    load_seconds: float
    memory_bytes: int


class _RuleProcess:
    """
    One process and our end of its pipe.

    *failures* of those before it that died before they could decide give it a rest.
    """

    def __init__(self, limits: _Limits, failures: int = 0) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([ruleprocess.__name__])
        self._seconds, self._load_seconds = limits.batch_seconds, limits.load_seconds
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=ruleprocess.run, args=(theirs, limits.memory_bytes), name="rules", daemon=True
        )
        self._process.start()
        theirs.close()
        self._loaded: set[str] = set()
        self._failures = failures
        self._rests_until = monotonic() + _rest(failures)
        self._awaited: _Awaited | None = _Awaited("", monotonic() + self._load_seconds)

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def failures(self) -> int:
        """How many in a row died before they could decide, if it dies now."""
        return self._failures + 1 if self._awaited is not None else 0

    def ready(self, key: str, ruleset: _RuleSet) -> bool:
        """
        Return whether it can decide by *key*, waiting once no longer than for a batch.

        Raises `ProcessDiedError` when it is gone, or starts or loads for too long.
        """
        if monotonic() < self._rests_until:
            return False
        while self._settled():
            if key in self._loaded:
                return True
            self.send("load", key, ruleset.text, ruleset.fact_types)
            self._awaited = _Awaited(key, monotonic() + self._load_seconds)
        return False

    def _settled(self) -> bool:
        awaited = self._awaited
        if awaited is None:
            return True
        patience = 0.0 if awaited.waited else min(self._seconds, self._load_seconds)
        awaited.waited = True
        if self._answers_within(patience):
            self.answer()
            self._awaited = None
            if awaited.key:
                self._loaded.add(awaited.key)
                self._failures = 0
            return True
        if monotonic() >= awaited.deadline:
            raise LateStartError(f"not ready within {self._load_seconds:g} seconds")
        return False

    def forget(self, key: str) -> None:
        """Let *key* be loaded anew; what is being loaded just now will not count."""
        known = key in self._loaded
        self._loaded.discard(key)
        if self._awaited is not None:
            self._awaited.key = "" if self._awaited.key == key else self._awaited.key
        elif known:
            self.send("forget", key)
            self.answer()

    def send(self, *message: Any) -> None:
        """Raise `ProcessDiedError` when the process is gone, or takes nothing for too long."""
        packed = ruleprocess.encode(message)
        try:
            with self._ended_when_late(len(packed)):
                self._pipe.send_bytes(packed)
        except OSError as error:
            raise ProcessDiedError("the process is gone") from error

    @contextmanager
    def _ended_when_late(self, size: int) -> Iterator[None]:
        """A message larger than the pipe waits for its reader, who may hang."""
        if size <= _FITS_THE_PIPE:
            yield
            return
        timer = Timer(self._seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def answer(self) -> bytes:
        """Return the next answer; raise `ProcessDiedError` when none comes in time."""
        if not self._answers_within(self._seconds):
            raise ProcessDiedError(f"no answer within {self._seconds:g} seconds")
        try:
            return self._pipe.recv_bytes()
        except (EOFError, OSError) as error:
            raise ProcessDiedError("the process is gone") from error

    def _answers_within(self, seconds: float) -> bool:
        try:
            return self._pipe.poll(seconds)
        except OSError as error:
            raise ProcessDiedError("the process is gone") from error

    def end(self) -> int | None:
        """End the process at once and return its exit code."""
        self._process.kill()
        self._process.join()
        self._pipe.close()
        return self._process.exitcode


class RuleProcesses:
    """
    *count* processes that decide. Start them before any thread; close them.

    `deaths` and `by_reference` count the processes that died and the cases that the
    reference therefore decided alone.
    """

    def __init__(
        self,
        count: int = 2,
        *,
        batch_seconds: float = BATCH_SECONDS,
        load_seconds: float = LOAD_SECONDS,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self.deaths = 0
        self.by_reference = 0
        self._limits = _Limits(
            batch_seconds=batch_seconds, load_seconds=load_seconds, memory_bytes=memory_bytes
        )
        self._rulesets: dict[str, _RuleSet] = {}
        self._packed: Memory[msgspec.Raw] = Memory(FACTS_PACKED)
        self._spared = Spared()
        self._processes = [_RuleProcess(self._limits) for _ in range(max(1, count))]

    @property
    def pids(self) -> list[int]:
        return [one.pid for one in self._processes if one.pid is not None]

    def load(self, key: str, ruleset: str, fact_types: Mapping[str, FactType]) -> None:
        """Let *key* name the rule set that the text *ruleset* writes down; again is no work."""
        known = self._rulesets.pop(key, None)
        if known is None or known.text != ruleset or known.fact_types != fact_types:
            self._forget(key)
            known = _RuleSet(text=ruleset, fact_types=dict(fact_types))
        self._rulesets[key] = known
        while len(self._rulesets) > MAX_LOADED:
            oldest = next(iter(self._rulesets))
            del self._rulesets[oldest]
            self._forget(oldest)

    def _forget(self, key: str) -> None:
        for number, process in enumerate(self._processes):
            try:
                process.forget(key)
            except ProcessDiedError as error:
                self._replace(number, error)

    def decide(self, key: str, cases: Sequence[Sequence[Fact]]) -> list[Decision]:
        """
        Return one decision a case, in their order.

        Raises `KeyError` when *key* was not loaded, and for nothing that a process does.
        """
        ruleset = self._rulesets[key]
        spared = self._spared.among(key, cases)
        if not spared:
            return self._asked(key, ruleset, cases)
        told = iter(self._reference(ruleset, [cases[at] for at in sorted(spared)], "died"))
        others = [case for at, case in enumerate(cases) if at not in spared]
        asked = iter(self._asked(key, ruleset, others))
        return [next(told if at in spared else asked) for at in range(len(cases))]

    def _asked(
        self, key: str, ruleset: _RuleSet, cases: Sequence[Sequence[Fact]]
    ) -> list[Decision]:
        shares = _shares(cases, len(self._processes))
        sent = [self._send(number, key, ruleset, share) for number, share in enumerate(shares)]
        decisions: list[Decision] = []
        for number, share in enumerate(shares):
            answer = self._answer(number) if sent[number] == "sent" else None
            if answer is None and sent[number] != "starting":
                self._spared.add(key, share)
            because: Alone = "starting" if sent[number] == "starting" else "died"
            decisions += answer or self._reference(ruleset, share, because)
        return decisions

    def _send(
        self, number: int, key: str, ruleset: _RuleSet, cases: Sequence[Sequence[Fact]]
    ) -> Literal["sent", "starting", "died"]:
        process = self._processes[number]
        packed = [[self._packed_fact(fact) for fact in case] for case in cases]
        try:
            if not process.ready(key, ruleset):
                return "starting"
            process.send("decide", key, packed)
        except ProcessDiedError as error:
            self._replace(number, error)
            return "starting" if isinstance(error, LateStartError) else "died"
        return "sent"

    def _packed_fact(self, fact: Fact) -> msgspec.Raw:
        """A fact is packed once, however many cases and rule sets look at it."""
        packed = self._packed.recall(fact)
        if packed is None:
            packed = self._packed.keep(msgspec.Raw(ruleprocess.encode(pack_fact(fact))), fact)
        return packed

    def _answer(self, number: int) -> list[Decision] | None:
        try:
            return _decisions.decode(self._processes[number].answer())
        except ProcessDiedError as error:
            self._replace(number, error)
            return None

    def _replace(self, number: int, error: ProcessDiedError) -> None:
        died = self._processes[number]
        pid, failures = died.pid, died.failures
        code = died.end()
        self.deaths += 1
        _deaths.add(1)
        _logger.error("rule_process_died", pid=pid, exit_code=code, because=str(error))
        self._processes[number] = _RuleProcess(self._limits, failures)

    def _reference(
        self, ruleset: _RuleSet, cases: Sequence[Sequence[Fact]], because: Alone
    ) -> list[Decision]:
        if ruleset.compiled is None:
            ruleset.compiled = compile_ruleset(read_ruleset(ruleset.text), ruleset.fact_types)
        self.by_reference += len(cases)
        _by_reference.add(len(cases), {"because": because})
        _logger.warning("decided_by_reference", cases=len(cases), because=because)
        mark = ReferenceAlone(reason=because)
        return [
            replace(decide_reference(ruleset.compiled, case), by_reference=mark) for case in cases
        ]

    def close(self) -> None:
        for one in self._processes:
            one.end()
        self._processes.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _rest(failures: int) -> float:
    """Return the seconds before a process is asked: none after one failure, then ever longer."""
    return 0.0 if failures <= 1 else min(2.0 ** (failures - 1), LONGEST_REST_SECONDS)


def _shares(cases: Sequence[Sequence[Fact]], processes: int) -> list[Sequence[Sequence[Fact]]]:
    """Return *cases* in at most *processes* runs of about equal length, none very short."""
    count = max(1, min(processes, len(cases) // SMALLEST_SHARE))
    size = -(-len(cases) // count)
    return [cases[at : at + size] for at in range(0, len(cases), size)] if cases else []
