"""
The gate answers at once, and what it answers is on disk before the caller hears it.

It reads the state as the worker has left it and writes the log alone: the worker enters the
decision into the ledger when it comes to it. Its rule process is its own, so neither waits
for the other. One thread judges in the order of asking; those who asked meanwhile are judged
together, and share a snapshot, a message to the rule process and a commit. While others wait,
another thread commits.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from itertools import groupby
from queue import SimpleQueue
from threading import Thread
from typing import Protocol

from sqlalchemy import Connection

from controlplane.database import Databases, OwnConnection, reading
from controlplane.gate.asked import Answer, Asked, Caller
from controlplane.gate.partial import as_far_as_given
from controlplane.gate.standing import InForce
from controlplane.gate.subject import Subject, subject_of
from controlplane.gate.taken import GATE_SOURCE, Question, Taken, entry_of, taken_of
from controlplane.pipeline.deciding import Decider
from controlplane.pipeline.definitions import Definitions
from controlplane.telling import Telling
from observability.log import stores as log
from observability.log.entry import Appended, LogEntry
from rules.decision import Decision
from rules.refusal import Refusal

PATIENCE_SECONDS = 5.0
MOST_WAITING = 1_000
MOST_TOGETHER = 32


class Writer(Protocol):
    """Whoever appends to the log durably."""

    def append(self, entries: list[LogEntry]) -> "Future[Appended]":
        """Write on this thread, where nobody else writes."""

    def submit(self, entries: list[LogEntry]) -> "Future[Appended]":
        """Let another thread write."""


class BusyError(RuntimeError):
    """Others are being answered; come again."""


class Gate:
    """Asked from any thread; close it. Who waits longer than *patience_seconds* is told so."""

    def __init__(
        self,
        databases: Databases,
        writer: Writer,
        decider: Decider,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._databases = databases
        self._state = OwnConnection(databases.state)
        self._writer = writer
        self._decider = decider
        self.patience_seconds = patience_seconds
        self._in_force = InForce()
        self._waiting: SimpleQueue[Asked | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="gate", daemon=True)
        self._thread.start()

    def ask(self, question: Question, caller: Caller) -> "Future[Answer]":
        """
        Let *question* wait for its turn; the decision is durable when the future has it.

        The future fails with what the writer raises when it cannot store. Raises `BusyError`
        when too many wait.
        """
        if self._waiting.qsize() >= MOST_WAITING or not self._thread.is_alive():
            raise BusyError("the gate is busy")
        asked = Asked(question=question, caller=caller)
        self._waiting.put(asked)
        return asked.answer

    def decide(self, question: Question, caller: Caller) -> Answer:
        """Return the decision or why there is none; raise as `ask`, and when it takes too long."""
        try:
            return self.ask(question, caller).result(timeout=self.patience_seconds)
        except TimeoutError as error:
            raise BusyError("the gate is busy") from error

    def find(self, id_: str) -> Taken | None:
        """Return the decision *id_* as the log has it, applied or not."""
        with reading(self._databases.log) as connection:
            entry = log.find(connection, GATE_SOURCE, id_)
        return None if entry is None else taken_of(entry)

    def close(self) -> None:
        """Answer who waits, then stop."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while asked := self._waiting.get():
            last = self._take(those := [asked])
            self._answer([one for one in those if one.answer.set_running_or_notify_cancel()])
            if last:
                break
        self._state.close()

    def _take(self, those: list[Asked]) -> bool:
        """Add to *those* who waits as well; return whether the gate is to close behind them."""
        while len(those) < MOST_TOGETHER and not self._waiting.empty():
            asked = self._waiting.get()
            if asked is None:
                return True
            those.append(asked)
        return False

    def _answer(self, asked: Sequence[Asked]) -> None:
        with Telling(asked):
            taken = list(self._judged(self._subjects(asked)))
            if taken:
                entries = [entry_of(one) for _, one in taken]
                self._store(entries).add_done_callback(partial(self._stored, taken))

    def _store(self, entries: list[LogEntry]) -> "Future[Appended]":
        """Those who wait are judged while another thread writes what they would wait for."""
        write = self._writer.append if self._waiting.empty() else self._writer.submit
        return write(entries)

    def _subjects(self, asked: Sequence[Asked]) -> list[tuple[Asked, Subject]]:
        """Return what each is about; who needs no decision is answered."""
        found = []
        with self._state.transaction() as state:
            definitions = self._in_force.read(state)
            for one in asked:
                with Telling([one]):
                    subject = self._known(one) or _subject(state, definitions, one)
                    if isinstance(subject, Subject):
                        found.append((one, subject))
                    else:
                        one.answer.set_result(subject)
        return found

    def _known(self, asked: Asked) -> Answer | None:
        known = self.find(asked.caller.id) if asked.caller.repeated else None
        return None if known is None else _same(known, asked.question)

    def _judged(self, found: list[tuple[Asked, Subject]]) -> Iterator[tuple[Asked, Taken]]:
        """Yield the decision of each, one message a rule set; what stands is not asked again."""
        yield from (
            (asked, _taken(asked, subject, subject.standing))
            for asked, subject in found
            if subject.standing is not None
        )
        fresh = sorted((one for one in found if one[1].standing is None), key=_rules_key)
        for key, those in groupby(fresh, key=_rules_key):
            pairs = list(those)
            rules = pairs[0][1].rules
            self._decider.load(key, rules.text, rules.fact_types)
            decisions = self._decider.decide(key, [subject.facts for _, subject in pairs])
            for (asked, subject), decision in zip(pairs, decisions, strict=True):
                yield asked, _taken(asked, subject, decision)

    def _stored(self, taken: Sequence[tuple[Asked, Taken]], appended: "Future[Appended]") -> None:
        with Telling([asked for asked, _ in taken]):
            known = appended.result().duplicates > 0
            for asked, one in taken:
                first = self.find(one.id) if known else None  # of two with one key: the answer
                asked.answer.set_result(one if first is None else _same(first, one.asked))


def _subject(state: Connection, definitions: Definitions, asked: Asked) -> Subject | Refusal:
    question = asked.question
    return subject_of(state, definitions, question, at=question.at or asked.caller.at)


def _rules_key(found: tuple[Asked, Subject]) -> str:
    return found[1].rules.key


def _taken(asked: Asked, subject: Subject, decision: Decision) -> Taken:
    rules, caller = subject.rules.ruleset, asked.caller
    if not subject.instance:
        decision = as_far_as_given(decision, rules, subject.given, subject.absent)
    return Taken(
        id=caller.id,
        asked=asked.question,
        actor=caller.actor,
        at=caller.at,
        process=rules.process,
        decision=decision,
        instance=subject.instance,
        trace_id=caller.trace_id,
        span_id=caller.span_id,
    )


def _same(known: Taken, question: Question) -> Answer:
    if known.asked.digest == question.digest:
        return known
    return Refusal(
        type="idempotency-key-reused",
        status=409,
        title="The Idempotency-Key was used for something else",
        detail="Send a new Idempotency-Key, or the same body as before.",
    )
