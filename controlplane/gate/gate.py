"""
The gate answers at once, and what it answers is on disk before the caller hears it.

It reads the state as the worker has left it and writes the log alone: the worker enters the
decision into the ledger when it comes to it. Its rule process is its own, so neither waits
for the other.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Protocol

import msgspec
from msgspec.structs import replace

from controlplane.database import Databases, reading
from controlplane.gate.given import read_absent, read_given, refused
from controlplane.gate.partial import as_far_as_given, is_asked
from controlplane.gate.standing import InForce, case_facts
from controlplane.gate.taken import GATE_SOURCE, Question, Taken, entry_of, taken_of
from controlplane.pipeline.deciding import Decider
from controlplane.pipeline.definitions import RulesInForce
from observability.log import stores as log
from observability.log.entry import Appended, LogEntry
from rules.context import context
from rules.decision import Decision, Fact
from rules.refusal import Problem, Refusal

PATIENCE_SECONDS = 5.0


class Writer(Protocol):
    """Whoever appends to the log durably."""

    def submit(self, entries: list[LogEntry]) -> "Future[Appended]": ...


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, when, under which id (*known* when it may have been used before), and why."""

    id: str
    actor: str
    at: datetime
    repeated: bool = False
    trace_id: str | None = None
    span_id: str | None = None


class _Subject(msgspec.Struct, frozen=True, kw_only=True):
    rules: RulesInForce
    instance: str
    facts: list[Fact]
    given: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()


class BusyError(RuntimeError):
    """Others are being answered; come again."""


class Gate:
    """Answers from any thread: one question at a time is judged, many wait for the disk."""

    def __init__(
        self,
        databases: Databases,
        writer: Writer,
        decider: Decider,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._databases = databases
        self._writer = writer
        self._decider = decider
        self._patience = patience_seconds
        self._in_force = InForce()
        self._turn = Lock()

    def decide(self, question: Question, caller: Caller) -> Taken | Refusal:
        """
        Return the decision, which is durable, or why there is none.

        Raises `BusyError`, and what the writer raises when it cannot store.
        """
        if caller.repeated:
            known = self.find(caller.id)
            if known is not None:
                return _same(known, question)
        with self._in_turn():
            subject = self._subject(question, at=question.at or caller.at)
            if isinstance(subject, Refusal):
                return subject
            decision = self._decided(subject)
        taken = Taken(
            id=caller.id,
            asked=question,
            actor=caller.actor,
            at=caller.at,
            process=subject.rules.ruleset.process,
            decision=decision,
            instance=subject.instance,
            trace_id=caller.trace_id,
            span_id=caller.span_id,
        )
        return self._stored(taken)

    def find(self, id_: str) -> Taken | None:
        """Return the decision *id_* as the log has it, applied or not."""
        with reading(self._databases.log) as connection:
            entry = log.find(connection, GATE_SOURCE, id_)
        return None if entry is None else taken_of(entry)

    def _subject(self, question: Question, *, at: datetime) -> _Subject | Refusal:
        with reading(self._databases.state) as state:
            definitions = self._in_force.read(state)
            rules = definitions.rules_of(question.ruleset)
            if rules is None:
                return _unknown("rule set in force", question.ruleset)
            if question.process not in (None, rules.ruleset.process):
                return _elsewhere(rules)
            given = read_given(question.facts, rules.fact_types)
            told = context(rules.ruleset, definitions.calendars, at=at)
            if isinstance(given, Refusal):
                return given
            if question.case is None:
                return _without_case(rules, given, told, question)
            known = case_facts(state, definitions, rules, question.case, at=at)
        if known is None:
            return _unknown(f"case of {rules.ruleset.process}", question.case)
        return _of(rules, known.instance, [*told, *known.facts, *given])

    def _decided(self, subject: _Subject) -> Decision:
        rules = subject.rules
        self._decider.load(rules.key, rules.text, rules.fact_types)
        (decision,) = self._decider.decide(rules.key, [subject.facts])
        if subject.instance:
            return decision
        return as_far_as_given(decision, rules.ruleset, subject.given, subject.absent)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Threads that work beside each other would only wait for each other at every step."""
        if not self._turn.acquire(timeout=self._patience):
            raise BusyError("the gate is busy")
        try:
            yield
        finally:
            self._turn.release()

    def _stored(self, taken: Taken) -> Taken | Refusal:
        try:
            appended = self._writer.submit([entry_of(taken)]).result(timeout=self._patience)
        except TimeoutError as error:
            raise BusyError("the log is slow") from error
        if not appended.duplicates:
            return taken
        first = self.find(taken.id)  # two with one key at one time: the first is the answer
        return taken if first is None else _same(first, taken.asked)


def _without_case(
    rules: RulesInForce, given: Sequence[Fact], told: Sequence[Fact], question: Question
) -> _Subject | Refusal:
    types = frozenset(one.type for one in given)
    absent = read_absent(question.absent, rules.fact_types)
    if isinstance(absent, Refusal):
        return absent
    if not is_asked(rules.ruleset, types):
        detail = "no rule looks at the facts given" if given else "give a fact, or a case"
        return refused([Problem(pointer="/facts", detail=detail)])
    return replace(_of(rules, "", [*told, *given]), given=types, absent=absent)


def _of(rules: RulesInForce, instance: str, facts: Sequence[Fact]) -> _Subject:
    """What comes later stands for what came before under the same name."""
    named = {(one.type, one.id): one for one in facts if one.type in rules.uses}
    return _Subject(rules=rules, instance=instance, facts=list(named.values()))


def _same(known: Taken, question: Question) -> Taken | Refusal:
    if known.asked.digest == question.digest:
        return known
    return Refusal(
        type="idempotency-key-reused",
        status=409,
        title="The Idempotency-Key was used for something else",
        detail="Send a new Idempotency-Key, or the same body as before.",
    )


def _unknown(what: str, name: str) -> Refusal:
    return Refusal(
        type="not-found",
        status=404,
        title=f"No such {what}",
        detail=f"The {what} {name!r} does not exist.",
    )


def _elsewhere(rules: RulesInForce) -> Refusal:
    detail = f"{rules.ruleset.ruleset} judges the process {rules.ruleset.process}."
    return Refusal(
        type="invalid-request",
        status=422,
        title="The request does not fit",
        detail=detail,
        errors=(Problem(pointer="/process", detail=detail),),
    )
