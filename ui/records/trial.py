"""A document held against the events of the last days: whose would be refused, and why."""

from datetime import datetime

import msgspec

from ui.records.money import Page


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """An event that would be refused; `instance` is the case that it told of, if any."""

    id: str = ""
    instance: str | None = None


class RefusalReason(msgspec.Struct, frozen=True, kw_only=True):
    pointer: str = ""
    detail: str = ""
    events: int = 0
    examples: tuple[Refused, ...] = ()


class Producing(msgspec.Struct, frozen=True, kw_only=True):
    """What one source sent that was held to one version."""

    source: str = ""
    version: str = ""
    events: int = 0
    refused: int = 0
    reasons: tuple[RefusalReason, ...] = ()


class TrialResult(msgspec.Struct, frozen=True, kw_only=True):
    """`whole`: nothing of the time that was asked about lies behind what was read."""

    events: int = 0
    refused: int = 0
    whole: bool = True
    producers: tuple[Producing, ...] = ()


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """`result` is left out in a list."""

    id: str = ""
    status: str = ""
    version: str = ""
    since: datetime | None = None
    asked_by: str = ""
    asked_at: datetime | None = None
    because: str = ""
    result: TrialResult | None = None


class Trials(Page, frozen=True, kw_only=True):
    items: tuple[Trial, ...] = ()
