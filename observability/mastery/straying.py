"""
A field told by another system than its record strays, until the record tells it again.

Who repeats what stands has changed nothing. What happened before anybody said who may tell a
field is history, and strays from nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from observability.entity import EntityEvent, in_order


class Stray(msgspec.Struct, frozen=True, kw_only=True):
    """What `system` told of an `attribute` whose record is another."""

    attribute: str
    system: str
    record: str
    source: str
    event_id: str
    occurred_at: datetime


def strays(
    events: Iterable[EntityEvent],
    records: Mapping[str, str],
    system_of: Callable[[str], str],
    *,
    since: datetime,
) -> list[Stray]:
    """Return what of one entity strays after all its *events*, by attribute."""
    state: dict[str, Any] = {}
    found: dict[str, Stray] = {}
    for event in in_order(events):
        told = event.data if event.describes else {}
        for attribute in records.keys() & told.keys():
            record, system = records[attribute], system_of(event.source)
            same = attribute in state and state[attribute] == told[attribute]
            state[attribute] = told[attribute]
            if system == record:
                found.pop(attribute, None)
            elif not same and event.occurred_at >= since:
                found[attribute] = Stray(
                    attribute=attribute,
                    system=system,
                    record=record,
                    source=event.source,
                    event_id=event.event_id,
                    occurred_at=event.occurred_at,
                )
    return [found[name] for name in sorted(found)]
