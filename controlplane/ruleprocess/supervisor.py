"""
Rules are decided in processes that may die, and no decision dies with them.

A process that crashes, hangs or outgrows its memory is replaced by one that has its rule sets at
hand. The case that it died over is asked by itself; when that ends a process again the case is
held, and decided by the reference, which gives the same decisions. While none is ready the
reference decides here. One thread calls.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Self

import msgspec
import structlog
from msgspec.structs import replace

from controlplane.quarantine import Held, Quarantine, digest_of
from controlplane.ruleprocess.forked import LateError, Patience, ProcessDiedError
from controlplane.ruleprocess.pool import RulePool
from controlplane.ruleprocess.process import Limits
from controlplane.ruleprocess.question import Cases, LoadedRuleSet, Question, question
from controlplane.telemetry import meter
from rules.compiling import compile_ruleset
from rules.deciding import decide_reference
from rules.decision import Alone, Decision, Fact, NotEvaluated, ReferenceAlone
from rules.fact import FactType
from rules.language import read_ruleset

BATCH_SECONDS = 10.0
PROCESSOR_SECONDS = 5.0
LOAD_SECONDS = 15.0
MEMORY_BYTES = 1024**3
MAX_LOADED = 32
MAX_DEATHS = 12
"""Processes that one question may cost; then the reference decides what is left of it."""
SMALLEST_SHARE = 4
_logger = structlog.get_logger(__name__)
_by_reference = meter.create_counter(
    "controlplane_decisions_by_reference",
    description="Cases that the reference decided alone, by why: starting, late, died, quarantined",
)
_held = meter.create_counter(
    "controlplane_cases_quarantined", description="Cases that rule processes died over, by cause"
)
_differing = meter.create_counter(
    "controlplane_evaluations_differ",
    description="Rules of which engine and reference said different things, by rule",
)
_read_decisions = msgspec.msgpack.Decoder(list[Decision]).decode
Answer = Callable[[], list[Decision]]


class RuleProcesses:
    """
    *count* processes that decide. Start them before any thread; close them.

    A case may take *processor_seconds* of a processor, and *batch_seconds* by the clock.
    Without *explain* no decision says why rules are quiet.
    `deaths` and `by_reference` count the processes that died and the cases that the
    reference therefore decided alone.
    """

    def __init__(  # noqa: PLR0913 - each by its name
        self,
        count: int = 2,
        *,
        batch_seconds: float = BATCH_SECONDS,
        processor_seconds: float = PROCESSOR_SECONDS,
        load_seconds: float = LOAD_SECONDS,
        memory_bytes: int = MEMORY_BYTES,
        explain: bool = True,
    ) -> None:
        self.by_reference = 0
        self._verb = "decide" if explain else "judge"
        self.quarantine = Quarantine()
        self._rulesets: dict[str, LoadedRuleSet] = {}
        self._last_death = 0
        self._asked: list[deque[Question]] = [deque() for _ in range(max(1, count))]
        self.pool = RulePool(
            count,
            Limits(case_seconds=processor_seconds, memory_bytes=memory_bytes),
            Patience(case_seconds=batch_seconds, load_seconds=load_seconds),
        )

    @property
    def deaths(self) -> int:
        return self.pool.deaths

    @property
    def pids(self) -> list[int]:
        """The processes that are up."""
        return self.pool.pids

    def load(self, key: str, ruleset: str, fact_types: Mapping[str, FactType]) -> None:
        """Let *key* name the rule set that the text *ruleset* writes down; again is no work."""
        known = self._rulesets.pop(key, None)
        if known is None or known.text != ruleset or known.fact_types != fact_types:
            if known is not None:
                self._forget(key)
            known = LoadedRuleSet(key, ruleset, dict(fact_types))
        self._rulesets[key] = known
        while len(self._rulesets) > MAX_LOADED:
            oldest = next(iter(self._rulesets))
            del self._rulesets[oldest]
            self._forget(oldest)

    def _forget(self, key: str) -> None:
        self.pool.forget(key)
        self.quarantine.forget(key)

    def decide(self, key: str, cases: Cases) -> list[Decision]:
        """
        Return one decision a case, in their order.

        Raises `KeyError` when *key* was not loaded, and for nothing that a process does.
        """
        return self.ask(key, cases)()

    def ask(self, key: str, cases: Cases) -> Answer:
        """
        Return who gives the answer of `decide`, for which nobody has to wait yet.

        Processes go on with what they are asked while others are asked, or an answer is read.
        """
        ruleset = self._rulesets[key]
        held = self.quarantine.among(key, cases)
        others = [case for at, case in enumerate(cases) if at not in held] if held else cases
        numbers = sorted(range(len(self.pool)), key=lambda number: len(self._asked[number]))
        shares = zip(numbers, _shares(others, len(self.pool)), strict=False)
        questions = [question(number, self._verb, ruleset, share) for number, share in shares]
        for one in questions:
            self._asked[one.number].append(one)
            self._send(one.number)
        return partial(self._answered, ruleset, cases, held, questions)

    def _answered(
        self,
        ruleset: LoadedRuleSet,
        cases: Cases,
        held: Mapping[int, Held],
        questions: Sequence[Question],
    ) -> list[Decision]:
        asked = [decision for one in questions for decision in self._decisions(one)]
        if not held:
            return asked
        while self._asked[0]:
            self._hear(0)
        others = iter(asked)
        return [
            self._spared(0, ruleset, case, held[at]) if at in held else next(others)
            for at, case in enumerate(cases)
        ]

    def _decisions(self, asked: Question) -> list[Decision]:
        while asked.decisions is None:
            self._hear(asked.number)
        return asked.decisions

    def _send(self, number: int) -> None:
        """Ask process *number* what waits, as much as it takes."""
        for at, one in enumerate(self._asked[number]):
            if not one.sent:
                one.sent = self.pool.ask_ahead(one) if at else self.pool.ask(one)
            if not one.sent:
                return

    def _hear(self, number: int) -> None:
        """Let the question that process *number* was asked first have its decisions."""
        waiting = self._asked[number]
        first = waiting[0]
        self._send(number)
        self._last_death = self.deaths + MAX_DEATHS
        try:
            answer = self.pool.answer(number) if first.sent else None
        except ProcessDiedError as error:
            for one in waiting:
                one.sent = False
            first.decisions = self._survived(first, error)
            waiting.popleft()
            return
        waiting.popleft()
        self._send(number)
        first.decisions = self._read(first, answer)

    def _read(self, asked: Question, answer: bytes | None) -> list[Decision]:
        if answer is None:
            return self._reference(asked.ruleset, asked.cases, "starting")
        return _told(_read_decisions(answer))

    def _survived(
        self, asked: Question, error: ProcessDiedError, *, suspected: bool = False
    ) -> list[Decision]:
        """Return the decisions of a question over which its process died, by those after it."""
        number, ruleset, cases = asked.number, asked.ruleset, asked.cases
        at = min(self.pool.case(number), len(cases) - 1)
        death = self.pool.replace(number, error)
        case = cases[at]
        if isinstance(error, LateError):
            found = self._late(number, ruleset, case)
        elif death.certain or (suspected and len(cases) == 1):
            found = [self._hold(number, ruleset, case, death.because)]
        else:
            found = self._again(number, ruleset, [case], suspected=True)
        before = self._again(number, ruleset, cases[:at])
        return before + found + self._again(number, ruleset, cases[at + 1 :])

    def _late(self, number: int, ruleset: LoadedRuleSet, case: Sequence[Fact]) -> list[Decision]:
        """A busy machine is late too: a case is blamed that was late before."""
        self._last_death = min(self._last_death, self.deaths + 1)
        if self.quarantine.suspects(ruleset.key, digest_of(case)):
            return [self._hold(number, ruleset, case, "no answer in its time, twice")]
        return self._reference(ruleset, [case], "late")

    def _again(
        self, number: int, ruleset: LoadedRuleSet, cases: Cases, *, suspected: bool = False
    ) -> list[Decision]:
        """Return what is decided of *cases*, a part of those that a process died over."""
        if not cases:
            return []
        if self.deaths >= self._last_death:
            return self._reference(ruleset, cases, "died")
        asked = question(number, self._verb, ruleset, cases)
        try:
            answer = self.pool.answer(number) if self.pool.ask(asked) else None
        except ProcessDiedError as error:
            return self._survived(asked, error, suspected=suspected)
        return self._read(asked, answer)

    def _hold(
        self, number: int, ruleset: LoadedRuleSet, case: Sequence[Fact], because: str
    ) -> Decision:
        """Hold *case*, by which processes die, and have the reference decide it in one of them."""
        held = Held(because=f"a rule process ended over it: {because}")
        key, facts_digest = ruleset.key, digest_of(case)
        self.quarantine.hold(key, facts_digest, held)
        _held.add(1, {"because": because})
        _logger.error("case_quarantined", ruleset=key, facts_digest=facts_digest, because=because)
        return self._spared(number, ruleset, case, held)

    def _spared(
        self, number: int, ruleset: LoadedRuleSet, case: Sequence[Fact], held: Held
    ) -> Decision:
        """Return what the reference says of a case that is held, or that it says nothing."""
        if held.hopeless:
            return _not_evaluated(ruleset, case, held)
        if not self.pool.ask(question(number, "reference", ruleset, [case])):
            return self._reference(ruleset, [case], "quarantined", held.because)[0]
        try:
            (decision,) = _read_decisions(self.pool.answer(number))
        except ProcessDiedError as error:
            death = self.pool.replace(number, error)
            if isinstance(error, LateError):
                return self._reference(ruleset, [case], "quarantined", held.because)[0]
            hopeless = Held(
                because=f"{held.because}; so it did over the reference: {death.because}",
                hopeless=True,
            )
            self.quarantine.hold(ruleset.key, digest_of(case), hopeless)
            _logger.exception("reference_died", ruleset=ruleset.key, because=death.because)
            return _not_evaluated(ruleset, case, hopeless)
        self._count(1, "quarantined")
        mark = ReferenceAlone(reason="quarantined", because=held.because)
        return replace(decision, by_reference=mark)

    def _reference(
        self, ruleset: LoadedRuleSet, cases: Cases, reason: Alone, because: str = ""
    ) -> list[Decision]:
        """Return what the reference says of *cases*, here: its work is bounded."""
        if ruleset.compiled is None:
            ruleset.compiled = compile_ruleset(read_ruleset(ruleset.text), ruleset.fact_types)
        self._count(len(cases), reason)
        mark = ReferenceAlone(reason=reason, because=because)
        return [
            replace(decide_reference(ruleset.compiled, case), by_reference=mark) for case in cases
        ]

    def _count(self, cases: int, reason: Alone) -> None:
        self.by_reference += cases
        _by_reference.add(cases, {"because": reason})
        _logger.warning("decided_by_reference", cases=cases, because=reason)

    def close(self) -> None:
        self.pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _told(decisions: list[Decision]) -> list[Decision]:
    """Count and log where engine and reference differ; neither stands, and both are kept."""
    for one in decisions:
        for rule in one.not_evaluated:
            if rule.reason == "evaluations-differ":
                _differing.add(1, {"ruleset": one.ruleset, "rule": rule.rule})
                _logger.error(
                    "evaluations_differ",
                    ruleset=one.ruleset,
                    version=one.version,
                    rule=rule.rule,
                    facts_digest=one.facts_digest,
                )
    return decisions


def _not_evaluated(ruleset: LoadedRuleSet, case: Sequence[Fact], held: Held) -> Decision:
    """Neither engine nor reference came through: that is said of every rule."""
    written = read_ruleset(ruleset.text)
    return Decision(
        ruleset=written.ruleset,
        version=written.version,
        outcome="not_evaluated",
        evaluated=(),
        not_evaluated=tuple(
            NotEvaluated(rule=one.rule, because=held.because, reason="process-died")
            for one in written.rules
        ),
        facts_digest=digest_of(case),
        by_reference=ReferenceAlone(reason="quarantined", because=held.because),
    )


def _shares(cases: Cases, processes: int) -> list[Cases]:
    """Return *cases* in at most *processes* runs of about equal length, none very short."""
    count = max(1, min(processes, len(cases) // SMALLEST_SHARE))
    size = -(-len(cases) // count)
    return [cases[at : at + size] for at in range(0, len(cases), size)] if cases else []
