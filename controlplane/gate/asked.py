"""Who asks the gate, what, and the answer that is still to come."""

from concurrent.futures import Future
from datetime import datetime
from typing import TypeAlias

import msgspec

from controlplane.gate.taken import Question, Taken
from rules.refusal import Refusal

Answer: TypeAlias = Taken | Refusal


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, when, under which id (*repeated* when it may have been used before), and why."""

    id: str
    actor: str
    at: datetime
    repeated: bool = False
    trace_id: str | None = None
    span_id: str | None = None


class Asked(msgspec.Struct, kw_only=True):
    question: Question
    caller: Caller
    answer: "Future[Answer]" = msgspec.field(default_factory=Future)
