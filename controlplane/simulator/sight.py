"""What the system says it found, read over its API."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import httpx
import msgspec

from controlplane.reconciling.raising import TYPE
from controlplane.simulator.tracing import PROCESS
from controlplane.simulator.truth import CLOCK, ONCE, ORDERED, Truth

_PAGE = 200
_IN_CASES = frozenset({CLOCK, ONCE, ORDERED})


class SightError(RuntimeError):
    """The server answered a question with an error."""


class SeenPromise(msgspec.Struct, frozen=True, kw_only=True):
    due_at: datetime | None = None


class SeenException(msgspec.Struct, frozen=True, kw_only=True):
    """`process_sla` is the promise that passed, where the exception is about one."""

    id: str
    rule: str
    case: str
    state: str = ""
    occurrence: str = ""
    reason: str = ""
    process_sla: SeenPromise | None = None

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


class SeenCase(msgspec.Struct, frozen=True, kw_only=True):
    clocks: tuple[SeenClock, ...] = ()
    steps: tuple[SeenStep, ...] = ()


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """`cases` by every key that the truth knows them by; only those that it asks about."""

    exceptions: tuple[SeenException, ...] = ()
    quarantined: tuple[SeenEvent, ...] = ()
    uncorrelated: tuple[SeenEvent, ...] = ()
    cases: dict[str, SeenCase] = {}


def look(client: httpx.Client, truth: Truth) -> Sight:
    """Return what the server behind *client* found; raise `SightError` when it will not say."""
    asked = {
        one.keys
        for one in truth.injected
        if any(found.kind in _IN_CASES for found in one.finds) and one.at <= truth.until
    }
    cases: dict[str, SeenCase] = {}
    for keys in sorted(asked):
        seen = _case(client, keys)
        if seen is not None:
            cases.update(dict.fromkeys(keys, seen))
    exceptions = _pages(client, "/v1/exceptions", {"process": PROCESS, "status": "all"})
    return Sight(
        exceptions=tuple(msgspec.convert(_of_rules(exceptions), list[SeenException])),
        quarantined=tuple(_events(_pages(client, "/v1/quarantine", {"status": "all"}))),
        uncorrelated=tuple(_events(_pages(client, "/v1/uncorrelated", {}))),
        cases=cases,
    )


def _of_rules(exceptions: Iterable[Any]) -> list[Any]:
    """What systems disagree on is another question: the truth is of rules."""
    return [one for one in exceptions if one.get("type") != TYPE]


def _events(items: Iterable[Any]) -> Iterator[SeenEvent]:
    return iter(msgspec.convert(list(items), list[SeenEvent]))


def _case(client: httpx.Client, keys: tuple[str, ...]) -> SeenCase | None:
    for key in keys:
        items = _pages(client, f"/v1/processes/{PROCESS}/instances", {"case": key})
        if items:
            id_ = items[0]["id"]
            detail = _get(client, f"/v1/instances/{id_}", {})
            steps = _pages(client, f"/v1/instances/{id_}/timeline", {})
            return SeenCase(
                clocks=tuple(msgspec.convert(detail.get("clocks", []), list[SeenClock])),
                steps=tuple(msgspec.convert(steps, list[SeenStep])),
            )
    return None


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
