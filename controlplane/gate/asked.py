"""Who asks the gate, what, and the answer that is still to come."""

from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime
from types import TracebackType
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


class Telling:
    """What goes wrong in this block is told to whoever asked and has no answer yet."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        self._asked = asked

    def __enter__(self) -> None:
        return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        for one in self._asked:
            if not one.answer.done():
                one.answer.set_exception(error)
        return True
