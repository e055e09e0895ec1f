"""What happened in one case: its events with what they said, and its entities."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from observability.event import ProcessEvent, decode_event
from observability.flow.stores import event_order
from observability.log import stores as log_stores
from observability.projection import entity_stores
from observability.tables import case_event
from rules.instant import from_micros
from rules.money import Money, optional_money


class TimelineEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the case; `data` and what follows are read from the log."""

    activity: str
    type: str
    occurred_at: datetime
    sequence: int
    source: str
    event_id: str
    amount: Money | None
    trace_id: str | None
    span_id: str | None
    objects: tuple[tuple[str, str], ...]
    data: dict[str, Any]
    contract: str | None
    service: str | None
    parent_span_id: str | None
    duration_us: int | None


class CaseEntity(msgspec.Struct, frozen=True, kw_only=True):
    """`own` when the case's events name it; otherwise an entity of the case refers to it."""

    type: str
    key: str
    own: bool
    state: dict[str, Any]
    first_at: datetime
    last_at: datetime
    events: int
    links: tuple[tuple[str, str], ...]


_decode_objects = msgspec.json.Decoder(tuple[tuple[str, str], ...]).decode


def case_events(connection: Connection, log: Connection, id_: str) -> list[TimelineEvent]:
    """Return the events of the instance in order, with their payloads from *log*."""
    rows = connection.execute(
        select(case_event).where(case_event.c.instance == id_).order_by(*event_order(connection))
    ).all()
    payloads = log_stores.payloads(log, sorted({row.offset for row in rows}))
    return [_timeline_event(row, payloads.get(row.offset)) for row in rows]


def case_entities(connection: Connection, id_: str) -> list[CaseEntity]:
    """Return the entities that the case names, and those that these refer to."""
    own = entity_stores.links_of_cases(connection, [id_]).get(id_, set())
    links = entity_stores.links_of_entities(connection, own)
    beyond = {target for those in links.values() for target in those} - own
    links.update(entity_stores.links_of_entities(connection, beyond))
    known = entity_stores.load_entities(connection, own | beyond)
    return [
        CaseEntity(
            type=one.type,
            key=one.key,
            own=name in own,
            state=one.state,
            first_at=one.first_at,
            last_at=one.last_at,
            events=one.events,
            links=tuple(sorted(links.get(name, ()))),
        )
        for name, one in sorted(known.items())
    ]


def _timeline_event(row: Row[Any], payload: bytes | None) -> TimelineEvent:
    said: ProcessEvent | None = decode_event(payload) if payload is not None else None
    return TimelineEvent(
        activity=row.activity,
        type=row.type,
        occurred_at=from_micros(row.occurred_at),
        sequence=row.sequence,
        source=row.source,
        event_id=row.event_id,
        amount=optional_money(row.amount, row.currency),
        trace_id=row.trace_id,
        span_id=row.span_id,
        objects=_decode_objects(row.objects),
        data=said.data if said else {},
        contract=said.contract if said else None,
        service=said.service if said else None,
        parent_span_id=said.parent_span_id if said else None,
        duration_us=said.duration_us if said else None,
    )
