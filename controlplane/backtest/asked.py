"""What a backtest is asked, and what stands of it: who asked, how far it came, what it found."""

from datetime import datetime
from typing import Literal

import msgspec

from controlplane.backtest.finding import Finding
from controlplane.backtest.refused import Trial
from rules.decision import fingerprint

_ID_LENGTH = 32
Status = Literal["running", "done", "cancelled", "failed"]


class Asked(msgspec.Struct, frozen=True, kw_only=True, tag="rules", tag_field="kind"):
    """
    A candidate, and the version that it is compared with; None asks nothing.

    `since` and `until` bound the time that is looked at, None: all of it. `as_of` is when the
    clocks of what stands are read, `offset` the last log entry that counts; `cases` is the most
    that are looked at. Without `history` only what stands is compared.
    """

    ruleset: str
    version: str
    digest: str
    process: str
    against: str | None
    as_of: datetime
    offset: int
    since: datetime | None = None
    until: datetime | None = None
    cases: int | None = None
    history: bool = True


class Tried(msgspec.Struct, frozen=True, kw_only=True, tag="contract", tag_field="kind"):
    """
    A document that may become a version of `subject`, tried on the events that came up to the
    log's `offset` and happened at or after `since`; `entries` is the most that are read.
    """

    subject: str
    version: str
    format: str
    media_type: str
    digest: str
    as_of: datetime
    offset: int
    since: datetime
    entries: int


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """One backtest as it is kept; `because` says why it failed."""

    id: str
    asked: Asked | Tried
    asked_by: str
    asked_at: datetime
    status: Status = "running"
    ended_at: datetime | None = None
    because: str = ""
    finding: Finding | Trial | None = None


def backtest_id(command: str) -> str:
    """Return the id of the backtest that the command of that id asks for."""
    return fingerprint("backtest", command)[:_ID_LENGTH]
