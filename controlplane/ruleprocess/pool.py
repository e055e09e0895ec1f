"""
So many rule processes: each is replaced when it dies, and has what it is to decide by at hand.

Those that do not even start are started ever more seldom.
"""

import signal
from collections import deque
from time import monotonic

import msgspec
import structlog

from controlplane.ruleprocess.forked import (
    LateError,
    Nursery,
    Patience,
    ProcessDiedError,
    RuleProcess,
)
from controlplane.ruleprocess.process import OUT_OF_MEMORY, Limits
from controlplane.ruleprocess.question import LoadedRuleSet, Question
from controlplane.telemetry import meter

LONGEST_REST_SECONDS = 60.0
RECOVERIES_KEPT = 100
_logger = structlog.get_logger(__name__)
_deaths = meter.create_counter(
    "controlplane_rule_process_deaths", description="Rule processes that died or were ended"
)
_recovery = meter.create_histogram(
    "controlplane_rule_process_recovery",
    unit="s",
    description="Time from a rule process's death to the first answer of the one in its place",
)


class Death(msgspec.Struct, frozen=True, kw_only=True):
    """What a process died of; *certain* where nothing but its case can have brought it about."""

    because: str
    certain: bool = False


class RulePool:
    """`deaths` counts; `recoveries` are the last times, in seconds, until another answered."""

    def __init__(self, count: int, limits: Limits, patience: Patience) -> None:
        self.deaths = 0
        self.recoveries: deque[float] = deque(maxlen=RECOVERIES_KEPT)
        self._limits, self._patience = limits, patience
        self._processes: list[RuleProcess | None] = [None] * max(1, count)
        self._died_at: dict[int, float] = {}
        self._failures = 0
        self._rests_until = 0.0
        self.nursery = Nursery(limits, patience)

    def __len__(self) -> int:
        return len(self._processes)

    @property
    def pids(self) -> list[int]:
        """The processes that are up."""
        those = (one.pid for one in self._processes if one is not None)
        return [pid for pid in those if pid is not None]

    def forget(self, key: str) -> None:
        for one in self._processes:
            if one is not None:
                one.knows.discard(key)
        try:
            self.nursery.forget(key)
        except ProcessDiedError as error:
            self._renew(error)

    def ask(self, question: Question) -> bool:
        """
        Return whether the process of *question*, which has nothing to do, was asked.

        Not while none is ready. One that died since it was last asked is replaced: that was no
        case's doing.
        """
        for _ in range(2):
            try:
                process = self._ready(question.number, question.ruleset)
                if process is None:
                    return False
                process.ask(question.packed)
            except ProcessDiedError as error:
                self.replace(question.number, error)
            else:
                return True
        return False

    def ask_ahead(self, question: Question) -> bool:
        """Return whether the process of *question*, which has something to do, was asked too."""
        process = self._processes[question.number]
        if process is None or question.ruleset.key not in process.knows:
            return False
        try:
            return process.ask_ahead(question.packed)
        except ProcessDiedError:  # whoever waits for its answer hears of it
            return False

    def _ready(self, number: int, ruleset: LoadedRuleSet) -> RuleProcess | None:
        if monotonic() < self._rests_until:
            return None
        process = self._processes[number]
        if process is None or ruleset.key not in process.knows:
            self.nursery.load(ruleset.key, ruleset.text, ruleset.fact_types)
            process = self._fork(number)
        if not process.is_up():
            return None
        self._failures = 0
        return process

    def _fork(self, number: int) -> RuleProcess:
        before = self._processes[number]
        raised = self.nursery.fork().in_place_of(before)
        self._processes[number] = raised
        if before is not None:
            self.nursery.end_one(before)
        return raised

    def answer(self, number: int) -> bytes:
        """Return what process *number* was asked first; raise `ProcessDiedError` when it died."""
        process = self._processes[number]
        if process is None:
            raise ProcessDiedError("the process is gone")
        answer = process.answer()
        died_at = self._died_at.pop(number, None)
        if died_at is not None:
            self.recoveries.append(monotonic() - died_at)
            _recovery.record(self.recoveries[-1])
        return answer

    def case(self, number: int) -> int:
        """Return the number of the case that process *number*, which died, looked at."""
        process = self._processes[number]
        return 0 if process is None else process.case

    def replace(self, number: int, error: ProcessDiedError) -> Death:
        """Put another in the place of process *number*; return what it died of."""
        self._died_at.setdefault(number, monotonic())
        died = self._processes[number]
        code = None
        self.deaths += 1
        _deaths.add(1)
        if died is None or died.pid is None:
            self._renew(error)
        else:
            if isinstance(error, LateError):
                died.kill()
            code = self.nursery.status(died)
            try:
                self._fork(number)
            except ProcessDiedError as gone:
                self._renew(gone)
        death = self._death(code, error)
        pid = None if died is None else died.pid
        _logger.error("rule_process_died", pid=pid, exit_code=code, because=death.because)
        return death

    def _renew(self, error: ProcessDiedError) -> None:
        """Put another in the place of the nursery, which died or does not get on."""
        _logger.error("rule_nursery_died", because=str(error))
        self.close()
        self._failures += 1
        self._rests_until = monotonic() + _rest(self._failures)
        self.nursery = Nursery(self._limits, self._patience)

    def _death(self, code: int | None, error: ProcessDiedError) -> Death:
        if code == -signal.SIGPROF:
            seconds = self._limits.case_seconds
            return Death(because=f"more than {seconds:g} s of processor time", certain=True)
        if code == OUT_OF_MEMORY:
            return Death(because="out of memory")
        if code is None or code >= 0:
            return Death(because=str(error))
        return Death(because=signal.Signals(-code).name)

    def close(self) -> None:
        for one in self._processes:
            if one is not None:
                one.end()
        self._processes = [None] * len(self._processes)
        self.nursery.end()


def _rest(failures: int) -> float:
    """Return the seconds before a process is asked: none after one failure, then ever longer."""
    return 0.0 if failures <= 1 else min(2.0 ** (failures - 1), LONGEST_REST_SECONDS)
