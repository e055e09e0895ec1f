"""
One contract: what was admitted and refused of it, by version, source and day.

The valid share is what was admitted of all that came. A refused event counts once, however
often it is sent again, and stays counted after it was replayed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

import msgspec

from governance.conformance.drift import Drift, FieldStanding, Sighting
from observability.quarantine.refused_stores import Refused
from observability.traffic.shape import DEEPEST, MOST_VALUES, OVERFLOW, Shape, merged
from observability.traffic.stores import EVERY, FIRST, Traffic

_Key = TypeVar("_Key")
EPOCH = date(1970, 1, 1)
SAMPLED = (
    f"Fields are read from the first {FIRST} events of a version, source and day, and from "
    f"every {EVERY}th after them; events are counted without exception."
)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """`share` is the valid share; None: nothing came."""

    valid: int
    refused: int
    share: float | None


class VersionTraffic(Counted, frozen=True, kw_only=True):
    """`version` is empty where the event named none that is published."""

    version: str
    lifecycle: str | None
    sources: tuple[str, ...]
    last_at: datetime | None


class Producer(Counted, frozen=True, kw_only=True):
    """`declared`: the source belongs to the contract's own system."""

    source: str
    system: str
    owner: str | None
    declared: bool
    versions: tuple[str, ...]
    last_at: datetime | None


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    """`seen` counts the steps of the system that the models let follow on the contract."""

    system: str
    declared: bool
    versions: str | None
    contact: str | None
    seen: int


class Day(Counted, frozen=True, kw_only=True):
    day: date


class Refusals(msgspec.Struct, frozen=True, kw_only=True):
    """What events were refused over: a reason, and where the first problem lay."""

    reason: str
    pointer: str
    events: int
    sources: tuple[str, ...]
    last_at: datetime


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """
    The fields of one version. `looked` of its `events` were read, as `sampled` says.

    Where the format is not evaluated, `because` says so, and nothing is told.
    """

    version: str | None
    events: int
    looked: int
    evaluated: bool
    because: str | None
    sampled: str
    items: tuple[FieldStanding, ...] = ()
    drift: tuple[Drift, ...] = ()


class Conformance(Counted, frozen=True, kw_only=True):
    subject: str
    window: str
    since: date | None
    as_of: datetime
    versions: tuple[VersionTraffic, ...]
    producers: tuple[Producer, ...]
    consumers: tuple[Consumer, ...]
    trend: tuple[Day, ...]
    refusals: tuple[Refusals, ...]
    fields: Fields


def share(valid: int, refused: int) -> float | None:
    return round(valid / (valid + refused), 6) if valid + refused else None


def day_of(number: int) -> date:
    return EPOCH + timedelta(days=number)


def number_of(day: date) -> int:
    return (day - EPOCH).days


def versions(
    traffic: Iterable[Traffic], refused: Iterable[Refused], lifecycles: Mapping[str, str]
) -> tuple[VersionTraffic, ...]:
    """Return every version that was seen, and every one in *lifecycles*, in its order."""
    tallies = _tallied(traffic, refused, lambda one: one.version)
    names = [*lifecycles, *sorted(name for name in tallies if name not in lifecycles)]
    found = []
    for name in names:
        one = tallies.get(name, _Tally())
        found.append(
            VersionTraffic(
                version=name,
                lifecycle=lifecycles.get(name),
                valid=one.valid,
                refused=one.refused,
                share=share(one.valid, one.refused),
                sources=tuple(sorted(one.sources)),
                last_at=one.last_at,
            )
        )
    return tuple(found)


def producers(
    traffic: Iterable[Traffic],
    refused: Iterable[Refused],
    system: str,
    whose: Mapping[str, tuple[str, str | None]],
) -> tuple[Producer, ...]:
    """Return every source; *whose* has (system, its owner) of each, *system* the contract's own."""
    tallies = _tallied(traffic, refused, lambda one: one.source)
    return tuple(
        Producer(
            source=source,
            system=whose[source][0],
            owner=whose[source][1],
            declared=whose[source][0] == system,
            valid=one.valid,
            refused=one.refused,
            share=share(one.valid, one.refused),
            versions=tuple(sorted(one.versions)),
            last_at=one.last_at,
        )
        for source, one in sorted(tallies.items(), key=lambda kept: (-kept[1].all, kept[0]))
    )


def trend(traffic: Iterable[Traffic], refused: Iterable[Refused]) -> tuple[Day, ...]:
    """Return the days on which anything came, the first first."""
    tallies = _tallied(traffic, refused, lambda one: one.day)
    return tuple(
        Day(
            day=day_of(number),
            valid=one.valid,
            refused=one.refused,
            share=share(one.valid, one.refused),
        )
        for number, one in sorted(tallies.items())
    )


def refusals(refused: Iterable[Refused]) -> tuple[Refusals, ...]:
    """Return what was refused by reason and place, most events first."""
    groups: dict[tuple[str, str], list[Refused]] = defaultdict(list)
    for one in refused:
        groups[one.reason, one.pointer].append(one)
    found = [
        Refusals(
            reason=reason,
            pointer=pointer,
            events=sum(one.events for one in those),
            sources=tuple(sorted({one.source for one in those})),
            last_at=max(one.last_at for one in those),
        )
        for (reason, pointer), those in groups.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.events, one.reason, one.pointer)))


def sightings(traffic: Sequence[Traffic]) -> dict[str, Sighting]:
    """Return what was seen of each field in *traffic*, and by which sources."""
    shapes: dict[str, list[Shape]] = defaultdict(list)
    for one in traffic:
        shapes[one.source].append(one.shape)
    by_source = {source: merged(those) for source, those in shapes.items()}
    whole = merged(list(by_source.values()))
    return {
        pointer: Sighting(
            times=told.times,
            null=told.null,
            values=told.values,
            sources=tuple(sorted(s for s, shape in by_source.items() if pointer in shape)),
            some=len(told.values) >= MOST_VALUES,
        )
        for pointer, told in whole.items()
        if pointer
    }


def unkept(traffic: Sequence[Traffic]) -> Callable[[str], bool]:
    """Return whether a field may have been told in *traffic* without being seen."""
    overflowed = any(OVERFLOW in one.shape for one in traffic)
    return lambda pointer: overflowed or pointer.count("/") > DEEPEST


class _Tally:
    """What came of one thing."""

    def __init__(self) -> None:
        self.valid = self.refused = 0
        self.sources: set[str] = set()
        self.versions: set[str] = set()
        self.last_at: datetime | None = None

    @property
    def all(self) -> int:
        return self.valid + self.refused

    def add(self, one: Traffic | Refused) -> None:
        if isinstance(one, Traffic):
            self.valid += one.events
        else:
            self.refused += one.events
        self.sources.add(one.source)
        self.versions.add(one.version)
        self.last_at = max(one.last_at, self.last_at or one.last_at)


def _tallied(
    traffic: Iterable[Traffic],
    refused: Iterable[Refused],
    key: Callable[[Traffic | Refused], _Key],
) -> dict[_Key, _Tally]:
    found: dict[_Key, _Tally] = defaultdict(_Tally)
    every: list[Traffic | Refused] = [*traffic, *refused]
    for one in every:
        found[key(one)].add(one)
    return found
