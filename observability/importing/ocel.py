"""
OCEL 2.0: events that tell of objects of several types. Objects of one type are taken as the cases.

An event of three items is a step of each; its other objects stand in its data, by their type.
"""

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

import msgspec

from observability.importing.cell import CellError, read_time
from observability.importing.imported import (
    ImportedEvent,
    ReadError,
    Unreadable,
    open_plain,
    source_of,
)
from observability.importing.ocel_json import read_json
from observability.importing.ocel_log import ObjectEvent, ObjectLog
from observability.importing.ocel_stores import SQLITE, read_sqlite
from observability.importing.ocel_xml import read_xml
from rules.instant import render_instant

_HEAD = 64
_APART = str.maketrans({"/": "%2F", "%": "%25"})  # an event a/b of c is not a of b/c


class Cased(msgspec.Struct, frozen=True, kw_only=True):
    """Which objects are cases, which others might be, and how many events name none of them."""

    case: str
    others: tuple[str, ...]
    aside: int


def read_ocel(path: Path) -> ObjectLog:
    """Return the log in *path*: JSON, XML or SQLite by its first bytes. Raises `ReadError`."""
    with open_plain(path) as file:
        head = file.read(_HEAD)
    if head.startswith(SQLITE):
        return read_sqlite(path)
    first = head.removeprefix(BOM_UTF8).lstrip()[:1]
    if first == b"{":
        return read_json(path)
    if first == b"<":
        return read_xml(path)
    raise ReadError("this is no OCEL file: neither JSON, XML nor SQLite")


def cased(log: ObjectLog, wanted: str | None) -> Cased:
    """
    Return which objects are the cases: those of the type *wanted*, or else those of which the most
    events tell. Raises `ReadError` when there are none.
    """
    types = {id_: one.type for id_, one in log.objects.items()}
    told = Counter(type_ for event in log.events for type_ in {types[one] for one in event.objects})
    if not told:
        raise ReadError("no event of the file names an object")
    if wanted is not None and wanted not in told:
        raise ReadError(f"no event names an object of type {wanted!r}; there are: {_named(told)}")
    case = wanted or min(told, key=lambda one: (-told[one], one))
    others = tuple(sorted(set(told) - {case}))
    return Cased(case=case, others=others, aside=len(log.events) - told[case])


def read_cases(
    path: Path, log: ObjectLog, case: str, *, zone: tzinfo = UTC
) -> Iterator[ImportedEvent | Unreadable]:
    """Yield the events of *log* for each object of type *case*; times without a zone are in it."""
    source = source_of(path)
    begun: set[str] = set()
    known: set[str] = set()
    for place, event in enumerate(log.events, start=1):
        cases = [one for one in dict.fromkeys(event.objects) if log.objects[one].type == case]
        if not cases:
            continue
        if event.id in known:
            yield Unreadable(line=place, reason=f"event {event.id} is told twice")
            continue
        known.add(event.id)
        at = _instant(event.time, zone)
        if at is None:
            yield Unreadable(line=place, reason=f"event {event.id} has no time")
            continue
        for one in cases:
            yield ImportedEvent(
                source=source,
                id=f"{event.id.translate(_APART)}/{one}",
                case=one,
                time=at,
                sequence=place,
                activity=event.type,
                data=_data(event, log),
                case_data=log.objects[one].attributes,
                first=one not in begun,
            )
            begun.add(one)


def _data(event: ObjectEvent, log: ObjectLog) -> dict[str, Any]:
    """Return what the event says, and by their types which objects it is about."""
    about: dict[str, list[str]] = {}
    for one in dict.fromkeys(event.objects):
        about.setdefault(log.objects[one].type, []).append(one)
    return {**about, **event.attributes}


def _instant(text: str, zone: tzinfo) -> str | None:
    try:
        return render_instant(read_time(text, None, zone))
    except CellError:
        return None


def _named(told: Counter[str]) -> str:
    return ", ".join(sorted(told))
