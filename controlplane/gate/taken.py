"""
A decision that the gate took, as the log keeps it before the caller is answered.

It carries what was asked beside what was answered: the same id with another question is
told apart, and the answer can be given again.
"""

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from governance.decision.stores import KeptDecision
from observability.log.entry import DECISION, LogEntry
from rules.decision import Decision

GATE_SOURCE = "urn:controlplane:gate"


class Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What a caller asks a rule set about: a case as it stands, facts of their own, or both.

    Each fact is `{type: id, field: value, …}`, as in a rule's test cases; beside a case it
    stands for the case's fact of that type and id. `at` is when the case's clocks are read.
    Without a case, `absent` are the types of which it is known that there is no fact.
    """

    ruleset: str
    case: str | None = None
    process: str | None = None
    facts: tuple[dict[str, Any], ...] = ()
    absent: tuple[str, ...] = ()
    at: datetime | None = None

    @property
    def digest(self) -> str:
        """The members of a fact keep their order: the first names the fact's type and id."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class Taken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`at` is when it was asked for; `instance` is empty when it was about no case."""

    id: str
    asked: Question
    actor: str
    at: datetime
    process: str
    decision: Decision
    instance: str = ""
    trace_id: str | None = None
    span_id: str | None = None


_decode = msgspec.json.Decoder(Taken).decode


def entry_of(taken: Taken) -> LogEntry:
    return LogEntry(
        kind=DECISION,
        source=GATE_SOURCE,
        id=taken.id,
        at=taken.at,
        payload=msgspec.json.encode(taken),
    )


def taken_of(entry: LogEntry) -> Taken:
    return _decode(entry.payload)


def kept(taken: Taken, *, offset: int) -> KeptDecision:
    """Return the row of the decision ledger."""
    return KeptDecision(
        id=taken.id,
        at=taken.at,
        process=taken.process,
        instance=taken.instance,
        decision=taken.decision,
        offset=offset,
        trace_id=taken.trace_id,
        span_id=taken.span_id,
        asked_by=taken.actor,
    )
