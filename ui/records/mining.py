"""How a group of cases flows, as the API tells it."""

import msgspec

from ui.records.money import Page


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    count: int = 0
    total_seconds: float = 0.0
    median_seconds: float = 0.0
    p95_seconds: float = 0.0


class ActivitySeen(msgspec.Struct, frozen=True, kw_only=True):
    activity: str = ""
    events: int = 0
    cases: int = 0
    reworked: int = 0
    repeats: int = 0
    self_loops: int = 0


class Way(msgspec.Struct, frozen=True, kw_only=True):
    source: str = msgspec.field(name="from", default="")
    target: str = msgspec.field(name="to", default="")
    took: Spread = Spread()


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    kind: str = ""
    source: str = msgspec.field(name="from", default="")
    target: str = msgspec.field(name="to", default="")
    took: Spread = Spread()


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    cases: int = 0
    events: int = 0
    duration: Spread | None = None
    reworked: int = 0
    repeats: int = 0
    activities: tuple[ActivitySeen, ...] = ()
    ways: tuple[Way, ...] = ()
    handovers: tuple[HandOver, ...] = ()


class Pictured(msgspec.Struct, frozen=True, kw_only=True):
    cases: int = 0
    looked_at: int = 0
    picture: Picture = Picture()


class Bottleneck(msgspec.Struct, frozen=True, kw_only=True):
    source: str = msgspec.field(name="from", default="")
    target: str = msgspec.field(name="to", default="")
    passages: int = 0
    share: float = 0.0
    waiting_seconds: float = 0.0
    working_seconds: float = 0.0
    timed: int = 0
    median_seconds: float = 0.0
    p95_seconds: float = 0.0


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    cases: int = 0
    looked_at: int = 0
    passages: int = 0
    timed: int = 0
    items: tuple[Bottleneck, ...] = ()


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    variant: str = ""
    activities: tuple[str, ...] = ()
    cases: int = 0


class Variants(Page, frozen=True, kw_only=True):
    items: tuple[Variant, ...] = ()


class WayDifference(msgspec.Struct, frozen=True, kw_only=True):
    source: str = msgspec.field(name="from", default="")
    target: str = msgspec.field(name="to", default="")
    left_share: float = 0.0
    right_share: float = 0.0
    left_median_seconds: float | None = None
    right_median_seconds: float | None = None
    adds_seconds: float = 0.0


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    cases: int = 0
    looked_at: int = 0


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    enough: bool = False
    adds_seconds: float | None = None
    ways: tuple[WayDifference, ...] = ()


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    left: Looked = Looked()
    right: Looked = Looked()
    comparison: Difference = Difference()


class Departing(msgspec.Struct, frozen=True, kw_only=True):
    kind: str = ""
    activity: str = ""
    cases: int = 0
    occurrences: int = 0
    instances: tuple[str, ...] = ()


class Rework(msgspec.Struct, frozen=True, kw_only=True):
    cases: int = 0
    repeated_events: int = 0


class Departures(msgspec.Struct, frozen=True, kw_only=True):
    cases: int = 0
    conforming: int = 0
    rework: Rework = Rework()
    departures: tuple[Departing, ...] = ()
