"""OCEL as JSON: version 2.0, and 1.0 whose members begin with `ocel:`."""

from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

import msgspec

from observability.importing.imported import ReadError, open_plain
from observability.importing.ocel_log import LoggedObject, ObjectEvent, ObjectLog


class _Named(msgspec.Struct, frozen=True):
    name: str
    value: Any = None


class _Related(msgspec.Struct, frozen=True, rename="camel"):
    object_id: str


class _Event(msgspec.Struct, frozen=True):
    id: str
    type: str
    time: str
    attributes: tuple[_Named, ...] = ()
    relationships: tuple[_Related, ...] = ()


class _Object(msgspec.Struct, frozen=True):
    id: str
    type: str
    attributes: tuple[_Named, ...] = ()


class _Log(msgspec.Struct, frozen=True):
    objects: tuple[_Object, ...]
    events: tuple[_Event, ...]


class _EarlierEvent(msgspec.Struct, frozen=True):
    activity: str = msgspec.field(name="ocel:activity")
    time: str = msgspec.field(name="ocel:timestamp")
    objects: tuple[str, ...] = msgspec.field(name="ocel:omap", default=())
    attributes: dict[str, Any] = msgspec.field(name="ocel:vmap", default={})


class _EarlierObject(msgspec.Struct, frozen=True):
    type: str = msgspec.field(name="ocel:type")
    attributes: dict[str, Any] = msgspec.field(name="ocel:ovmap", default={})


class _EarlierLog(msgspec.Struct, frozen=True):
    objects: dict[str, _EarlierObject] = msgspec.field(name="ocel:objects")
    events: dict[str, _EarlierEvent] = msgspec.field(name="ocel:events")


def read_json(path: Path) -> ObjectLog:
    """Return the log of the JSON file *path*; a fraction keeps its digits, as text."""
    with open_plain(path) as file:
        text = file.read().removeprefix(BOM_UTF8)
    earlier = b'"ocel:events"' in text
    kind: type[_Log | _EarlierLog] = _EarlierLog if earlier else _Log
    try:
        found = msgspec.json.Decoder(kind, float_hook=str).decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ReadError(f"not OCEL as JSON: {error}") from error
    return _of_earlier(found) if isinstance(found, _EarlierLog) else _of(found)


def _of(log: _Log) -> ObjectLog:
    return ObjectLog(
        objects={
            one.id: LoggedObject(type=one.type, attributes=_values(one.attributes))
            for one in log.objects
        },
        events=tuple(
            ObjectEvent(
                id=one.id,
                type=one.type,
                time=one.time,
                objects=tuple(related.object_id for related in one.relationships),
                attributes=_values(one.attributes),
            )
            for one in log.events
        ),
    )


def _of_earlier(log: _EarlierLog) -> ObjectLog:
    return ObjectLog(
        objects={
            id_: LoggedObject(type=one.type, attributes=one.attributes)
            for id_, one in log.objects.items()
        },
        events=tuple(
            ObjectEvent(
                id=id_,
                type=one.activity,
                time=one.time,
                objects=one.objects,
                attributes=one.attributes,
            )
            for id_, one in log.events.items()
        ),
    )


def _values(attributes: tuple[_Named, ...]) -> dict[str, Any]:
    """Return the first value of each: of an object, what it began with."""
    return {one.name: one.value for one in reversed(attributes) if one.value is not None}
