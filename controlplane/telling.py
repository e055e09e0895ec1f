"""Whoever waits for an answer hears what went wrong; the thread that works for them goes on."""

from collections.abc import Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Protocol


class Waiting(Protocol):
    """Somebody with an answer to come."""

    @property
    def answer(self) -> "Future[Any]": ...


class Telling:
    """What goes wrong in this block is told to whoever of *waiting* has no answer yet."""

    def __init__(self, waiting: Sequence[Waiting]) -> None:
        self._waiting = waiting

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
        for one in self._waiting:
            if not one.answer.done():
                one.answer.set_exception(error)
        return True
