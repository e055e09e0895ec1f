"""What was observed of a contract beside what it declares."""

from datetime import datetime

import msgspec


class CountedEvents(msgspec.Struct, frozen=True, kw_only=True):
    """`share` is the valid share; None: nothing came."""

    valid: int = 0
    refused: int = 0
    share: float | None = None


class ObservedVersion(CountedEvents, frozen=True, kw_only=True):
    version: str = ""
    lifecycle: str | None = None


class ObservedProducer(CountedEvents, frozen=True, kw_only=True):
    source: str = ""
    system: str = ""
    owner: str | None = None
    declared: bool = False
    last_at: datetime | None = None


class ObservedConsumer(msgspec.Struct, frozen=True, kw_only=True):
    system: str = ""
    declared: bool = False
    versions: str | None = None
    seen: int = 0


class ObservedDay(CountedEvents, frozen=True, kw_only=True):
    day: str = ""


class Refusals(msgspec.Struct, frozen=True, kw_only=True):
    reason: str = ""
    pointer: str = ""
    events: int = 0
    sources: tuple[str, ...] = ()


class ObservedField(msgspec.Struct, frozen=True, kw_only=True):
    pointer: str = ""
    declared: bool = False
    required: bool = False
    times: int = 0
    absent: float | None = None
    null: float | None = None
    sources: tuple[str, ...] = ()
    drift: str | None = None


class Drifted(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    pointer: str = ""
    message: str = ""


class ObservedFields(msgspec.Struct, frozen=True, kw_only=True):
    version: str | None = None
    events: int = 0
    looked: int = 0
    evaluated: bool = False
    because: str | None = None
    sampled: str = ""
    items: tuple[ObservedField, ...] = ()
    drift: tuple[Drifted, ...] = ()


class Conformance(CountedEvents, frozen=True, kw_only=True):
    window: str = ""
    versions: tuple[ObservedVersion, ...] = ()
    producers: tuple[ObservedProducer, ...] = ()
    consumers: tuple[ObservedConsumer, ...] = ()
    trend: tuple[ObservedDay, ...] = ()
    refusals: tuple[Refusals, ...] = ()
    fields: ObservedFields = ObservedFields()
