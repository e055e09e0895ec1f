"""What the system says it found, read over its API."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import httpx
import msgspec

from controlplane.reconciling.raising import TYPE
from controlplane.simulator.silence import silent_systems
from controlplane.simulator.truth import (
    AFFECTED,
    BREAK,
    CLOCK,
    DEPARTURE,
    ONCE,
    ORDERED,
    PARTIAL,
    Injected,
    Truth,
)
from observability.clock.clock import BREACHED
from rules.instant import render_instant

_PAGE = 500
_IN_CASES = frozenset({CLOCK, DEPARTURE, ONCE, ORDERED, PARTIAL})
_IN_TIMELINES = frozenset({ONCE, ORDERED})
Place = tuple[str, str]
"""(process, a key of the case)"""


class SightError(RuntimeError):
    """The server answered a question with an error."""


class SeenPromise(msgspec.Struct, frozen=True, kw_only=True):
    due_at: datetime | None = None


class SeenIncident(msgspec.Struct, frozen=True, kw_only=True):
    id: str


class SeenException(msgspec.Struct, frozen=True, kw_only=True):
    """`process_sla` is the promise that passed, where the exception is about one."""

    id: str
    rule: str
    case: str
    state: str = ""
    occurrence: str = ""
    reason: str = ""
    process_sla: SeenPromise | None = None
    incident: SeenIncident | None = None

    @property
    def due_at(self) -> datetime | None:
        return self.process_sla.due_at if self.process_sla else None


class SeenClock(msgspec.Struct, frozen=True, kw_only=True):
    sla: str
    state: str
    object: str | None = None


class SeenEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event in quarantine or waiting for its case."""

    source: str | None = None
    event_id: str | None = None
    reason: str = "unknown-case"


class SeenStep(msgspec.Struct, frozen=True, kw_only=True):
    kind: str = "event"
    source: str | None = None
    id: str | None = None


class SeenDeparture(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    activity: str


class SeenPartial(msgspec.Struct, frozen=True, kw_only=True):
    together: str


class SeenCase(msgspec.Struct, frozen=True, kw_only=True):
    clocks: tuple[SeenClock, ...] = ()
    departures: tuple[SeenDeparture, ...] = ()
    partial: tuple[SeenPartial, ...] = ()
    steps: tuple[SeenStep, ...] = ()


class Amiss(msgspec.Struct, frozen=True, kw_only=True):
    """A case that left its model, or one of whose promises has passed."""

    process: str
    case: str
    departures: int = 0
    late: int = 0


class SeenBreak(msgspec.Struct, frozen=True, kw_only=True):
    """`case` is the one that its line names."""

    reconciliation: str
    kind: str
    side: str
    key: str
    case: str | None = None


class SeenRadius(msgspec.Struct, frozen=True, kw_only=True):
    """The invoices that hang on an exception."""

    exception: str
    invoices: frozenset[str] = frozenset()


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """`cases` by every place where the truth looks for them; only those that it asks about."""

    exceptions: tuple[SeenException, ...] = ()
    quarantined: tuple[SeenEvent, ...] = ()
    uncorrelated: tuple[SeenEvent, ...] = ()
    cases: dict[Place, SeenCase] = {}
    amiss: tuple[Amiss, ...] = ()
    breaks: tuple[SeenBreak, ...] = ()
    silent: frozenset[str] = frozenset()
    radii: tuple[SeenRadius, ...] = ()


def look(client: httpx.Client, truth: Truth) -> Sight:
    """Return what the server behind *client* found; raise `SightError` when it will not say."""
    processes = [one["process"] for one in _pages(client, "/v1/processes", {})]
    listed = _pages(client, "/v1/exceptions", {"status": "all"})
    exceptions = msgspec.convert(_of_rules(listed), list[SeenException])
    return Sight(
        exceptions=tuple(exceptions),
        quarantined=tuple(_events(_pages(client, "/v1/quarantine", {"status": "all"}))),
        uncorrelated=tuple(_events(_pages(client, "/v1/uncorrelated", {}))),
        cases=dict(_cases(client, truth)),
        amiss=tuple(one for name in processes for one in _amiss(client, name, truth.until)),
        breaks=tuple(_breaks(client, truth)),
        silent=frozenset(silent_systems(client)),
        radii=tuple(_radii(client, truth, exceptions)),
    )


def places(injected: Injected) -> dict[Place, bool]:
    """Return where the findings of a fault in cases are to be seen; True: in the timeline too."""
    asked: dict[Place, bool] = {}
    for one in injected.finds:
        if one.kind in _IN_CASES:
            for key in (one.case,) if one.case else injected.keys:
                place = (one.process, key)
                asked[place] = asked.get(place, False) or one.kind in _IN_TIMELINES
    return asked


def _cases(client: httpx.Client, truth: Truth) -> Iterator[tuple[Place, SeenCase]]:
    for injected in truth.injected:
        if injected.at <= truth.until:
            known: dict[str, SeenCase] = {}
            for place, whole in places(injected).items():
                seen = _case(client, *place, whole=whole, known=known)
                if seen is not None:
                    yield place, seen


def _amiss(client: httpx.Client, process: str, until: datetime) -> Iterator[Amiss]:
    path, asked = f"/v1/processes/{process}/instances", {"as_of": render_instant(until)}
    for one in _pages(client, path, asked):
        clocks = one["sla"]["clocks"]
        late = sum(count for state, count in clocks.items() if state in BREACHED)
        if one["departures"] or late:
            departures = one["departures"]
            yield Amiss(process=process, case=one["case"], departures=departures, late=late)


def _breaks(client: httpx.Client, truth: Truth) -> Iterator[SeenBreak]:
    """Yield what the reconciliations found in which the firm planted breaks."""
    found = (finding for one in truth.injected for finding in one.finds)
    for name in sorted({one.process for one in found if one.kind == BREAK}):
        for one in _pages(client, f"/v1/reconciliations/{name}/runs/latest/breaks", {}):
            yield msgspec.convert({**one, "reconciliation": name}, SeenBreak)


def _radii(
    client: httpx.Client, truth: Truth, exceptions: Iterable[SeenException]
) -> Iterator[SeenRadius]:
    """Yield what hangs on the exceptions of which the truth tells that."""
    found = (finding for one in truth.injected for finding in one.finds)
    asked = {(one.name, one.object) for one in found if one.kind == AFFECTED}
    for one in exceptions:
        if (one.rule, one.occurrence) in asked:
            things = _get(client, f"/v1/exceptions/{one.id}/blast-radius", {})["things"]
            keys = (key for each in things if each["type"] == "invoice" for key in each["keys"])
            yield SeenRadius(exception=one.id, invoices=frozenset(keys))


def _of_rules(exceptions: Iterable[Any]) -> list[Any]:
    """What systems disagree on is another question: the truth is of rules."""
    return [one for one in exceptions if one.get("type") != TYPE]


def _events(items: Iterable[Any]) -> Iterator[SeenEvent]:
    return iter(msgspec.convert(list(items), list[SeenEvent]))


def _case(
    client: httpx.Client, process: str, key: str, *, whole: bool, known: dict[str, SeenCase]
) -> SeenCase | None:
    """Return the case of *process* that goes by *key*; *known* are those read before, by id."""
    items = _pages(client, f"/v1/processes/{process}/instances", {"case": key})
    if not items:
        return None
    id_ = items[0]["id"]
    if id_ not in known:
        seen = _get(client, f"/v1/instances/{id_}", {})
        if whole:
            seen["steps"] = _pages(client, f"/v1/instances/{id_}/timeline", {})
        known[id_] = msgspec.convert(seen, SeenCase)
    return known[id_]


def _pages(client: httpx.Client, path: str, query: dict[str, str]) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    while True:
        paged = {**query, "limit": str(_PAGE)} | ({"cursor": cursor} if cursor else {})
        page = _get(client, path, paged)
        found += page.get("items", [])
        cursor = page.get("next_cursor")
        if not cursor:
            return found


def _get(client: httpx.Client, path: str, query: dict[str, str]) -> dict[str, Any]:
    answer = client.get(path, params=query)
    if answer.is_error:
        raise SightError(f"GET {path}: {answer.status_code} {answer.text[:300]}")
    body: dict[str, Any] = answer.json()
    return body
