"""What a contract's document would refuse of the events that are stored, and whose they are."""

from datetime import datetime

import msgspec


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An event that would be refused; `instance` is the case that it told of, if any."""

    source: str
    id: str
    occurred_at: datetime
    offset: int
    instance: str | None = None


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """`pointer` is into the data, `*` stands for any item of a list; `detail` hides the value."""

    pointer: str
    detail: str
    events: int
    examples: tuple[Example, ...]


class Producing(msgspec.Struct, frozen=True, kw_only=True):
    """What one source sent that was held to one version; the most frequent `reasons` first."""

    source: str
    version: str
    events: int
    refused: int
    reasons: tuple[Reason, ...]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """
    `events` are those of the contract among the `entries` of the log that were read.

    `whole`: nothing of the time that was asked about lies behind them; `oldest` is the first.
    """

    entries: int
    events: int
    refused: int
    whole: bool
    oldest: datetime | None
    producers: tuple[Producing, ...]
