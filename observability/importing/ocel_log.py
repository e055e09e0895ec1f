"""A log of objects as every format of OCEL tells it: events in file order, objects by their id."""

from typing import Any

import msgspec

from observability.importing.imported import ReadError


class ObjectEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`objects` are ids, once or more; `time` is as the file has it."""

    id: str
    type: str
    time: str
    objects: tuple[str, ...]
    attributes: dict[str, Any] = {}


class LoggedObject(msgspec.Struct, frozen=True, kw_only=True):
    """`attributes` are what it began with: the first value of each."""

    type: str
    attributes: dict[str, Any] = {}


class ObjectLog(msgspec.Struct, frozen=True, kw_only=True):
    objects: dict[str, LoggedObject]
    events: tuple[ObjectEvent, ...]

    def __post_init__(self) -> None:
        for event in self.events:
            for one in event.objects:
                if one not in self.objects:
                    raise ReadError(f"event {event.id} names {one!r}, which is no object of it")
