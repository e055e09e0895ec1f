"""
Two ways to be refused: a body that cannot be read stores nothing and is answered with a
4xx; one event that cannot be admitted goes to quarantine and the rest of its batch goes on.
"""

from datetime import datetime

import msgspec

from rules.refusal import Problem, Refusal


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """Why one event is not admitted; `contract` is the `subject@version` that it was held to."""

    reason: str
    detail: str
    errors: tuple[Problem, ...] = ()
    owner: str | None = None
    contract: str | None = None


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """
    One event of a request that goes to quarantine, with the bytes to keep of it.

    `happened_at` is a back-filled event's own time, where that can be believed.
    """

    index: int
    id: str | None
    source: str | None
    type: str | None
    flaw: Flaw
    payload: bytes
    happened_at: datetime | None = None


class UnreadableBodyError(ValueError):
    """A request of which nothing can be kept; `refusal` is the answer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


def unreadable(type_: str, title: str, detail: str, *, status: int = 400) -> UnreadableBodyError:
    return UnreadableBodyError(Refusal(type=type_, status=status, title=title, detail=detail))
