"""Process exceptions and their history as they stand in the database."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace
from sqlalchemy import BindParameter, Connection, Row, bindparam, func, or_, select

from governance.exception.at_risk import worth_of
from governance.exception.digest import digest_of
from governance.exception.escalating import next_escalation
from governance.exception.incident import Incident
from governance.exception.process_exception import (
    OPENED,
    STANDING,
    Change,
    Line,
    ProcessException,
    ProcessSla,
    Waiver,
    exception_id,
)
from governance.exception.promise import pressing_span
from governance.tables import exception_history, process_exception
from rules.decision import Evidence
from rules.decision import fingerprint as digest
from rules.instant import (
    from_micros,
    optional_instant,
    optional_micros,
    to_micros,
)
from rules.money import Money, optional_money

CHUNK = 500
Engagement = tuple[str, str]
"""(process, engagement, or the instance of what is of none)"""
_T = TypeVar("_T")


class CollisionError(ValueError):
    """Two broken promises came to one id: nothing is stored, neither replaces the other."""


_AS_THEY_ARE = (
    "id",
    "fingerprint",
    "process",
    "instance",
    "case_key",
    "case_title",
    "stage",
    "ruleset",
    "ruleset_version",
    "rule",
    "rule_version",
    "type",
    "title",
    "occurrence",
    "line",
    "severity",
    "state",
    "owner",
    "assignee",
    "reason",
    "decision",
    "engagement",
    "resolved_by",
    "resolution",
    "resolved_event",
    "reopened",
    "reopened_by",
    "escalated",
)
_SEARCHED = ("id", "case_key", "case_title", "title", "reason", "occurrence", "rule")
_INSTANTS = ("opened_at", "handled_from", "changed_at")
_OPTIONAL_INSTANTS = (
    "delayed_since",
    "handling_due_at",
    "resolve_due_at",
    "promised_at",
    "acknowledged_at",
    "resolved_at",
    "waived_until",
)
_ids: BindParameter[str] = bindparam("ids", expanding=True)
_by_id = select(process_exception).where(process_exception.c.id.in_(_ids))
_by_fingerprint = select(process_exception).where(process_exception.c.fingerprint.in_(_ids))
_of_instances = (
    select(process_exception)
    .where(process_exception.c.instance.in_(_ids))
    .order_by(process_exception.c.id)
)
_held_by = func.coalesce(process_exception.c.engagement, process_exception.c.instance)
_of_engagements = (
    select(process_exception)
    .where(
        or_(
            process_exception.c.engagement.in_(_ids),
            process_exception.c.engagement.is_(None) & process_exception.c.instance.in_(_ids),
        )
    )
    .order_by(process_exception.c.id)
)
_engagements = select(process_exception.c.process, _held_by).where(process_exception.c.id.in_(_ids))
_last = (
    select(exception_history.c.exception, func.max(exception_history.c.number))
    .where(exception_history.c.exception.in_(_ids))
    .group_by(exception_history.c.exception)
)
_known_ids = select(process_exception.c.id).where(process_exception.c.id.in_(_ids))


def save(connection: Connection, changes: Sequence[Change]) -> None:
    """
    Store the exceptions of *changes* and add their lines, numbered on from those that stand.

    Raises `CollisionError` when an id stands for another promise.
    """
    if not changes:
        return
    latest = {change.exception.id: change.exception for change in changes}
    known = _known(connection, list(latest))
    _refuse_collisions(changes, known)
    fresh = [write_row(one) for id_, one in latest.items() if id_ not in known]
    if fresh:
        connection.execute(process_exception.insert(), fresh)
    amended = [write_row(one) | {"_id": id_} for id_, one in latest.items() if id_ in known]
    if amended:
        by_id = process_exception.update().where(process_exception.c.id == bindparam("_id"))
        connection.execute(
            by_id.values({name: bindparam(name) for name in amended[0] if name != "_id"}), amended
        )
    _add_lines(connection, changes)


def get_exception(connection: Connection, id_: str) -> ProcessException | None:
    query = select(process_exception).where(process_exception.c.id == id_)
    row = connection.execute(query).first()
    return read_row(row) if row else None


def get_exceptions(connection: Connection, ids: Iterable[str]) -> dict[str, ProcessException]:
    """Return the exceptions of *ids* that exist, by id."""
    found: dict[str, ProcessException] = {}
    for chunk in _chunks(sorted(set(ids))):
        rows = connection.execute(_by_id, {"ids": chunk})
        found.update((row.id, read_row(row)) for row in rows)
    return found


def of_fingerprints(
    connection: Connection, fingerprints: Iterable[str]
) -> dict[str, ProcessException]:
    """Return the exceptions of *fingerprints* that exist, by fingerprint: ids may be others'."""
    found: dict[str, ProcessException] = {}
    for chunk in _chunks(sorted(set(fingerprints))):
        rows = connection.execute(_by_fingerprint, {"ids": chunk})
        found.update((row.fingerprint, read_row(row)) for row in rows)
    return found


def named(connection: Connection, changes: Sequence[Change]) -> list[Change]:
    """
    Return *changes* with another id for what opens under one that is taken.

    An exception keeps its id when its case becomes part of another; when the case parts from it
    again, the same promise may be broken twice.
    """
    opened = {one.exception.id: one.exception for one in changes if _opens(one)}
    anew = {id_: _free_id(connection, opened[id_]) for id_ in sorted(_known(connection, [*opened]))}
    return [
        replace(one, exception=replace(one.exception, id=anew[one.exception.id]))
        if _opens(one) and one.exception.id in anew
        else one
        for one in changes
    ]


def _opens(change: Change) -> bool:
    return change.line is not None and change.line.action == OPENED


def _free_id(connection: Connection, one: ProcessException) -> str:
    name, id_ = one.fingerprint, one.id
    while _known(connection, [id_]):
        name = digest(name, "again")
        id_ = exception_id(name)
    return id_


def of_instances(
    connection: Connection, instances: Iterable[str]
) -> dict[str, list[ProcessException]]:
    """Return every exception of *instances*, the resolved and waived ones too, by instance."""
    found: dict[str, list[ProcessException]] = defaultdict(list)
    for chunk in _chunks(sorted(set(instances))):
        for row in connection.execute(_of_instances, {"ids": chunk}).all():
            found[row.instance].append(read_row(row))
    return dict(found)


def engagements_of(connection: Connection, ids: Iterable[str]) -> set[Engagement]:
    """Return whose money the exceptions of *ids* hold as they stand."""
    return {
        (process, name)
        for chunk in _chunks(sorted(ids))
        for process, name in connection.execute(_engagements, {"ids": chunk})
    }


def of_engagements(connection: Connection, names: Iterable[str]) -> Iterator[ProcessException]:
    """Yield every exception of the engagements called *names*, of any process, by id."""
    for chunk in _chunks(sorted(names)):
        for row in connection.execute(_of_engagements, {"ids": chunk}).all():
            yield read_row(row)


def unresolved_of(connection: Connection, process: str) -> list[ProcessException]:
    """Return the exceptions of *process* that are not resolved, by id."""
    query = select(process_exception).where(
        process_exception.c.process == process, process_exception.c.state != "resolved"
    )
    return [read_row(row) for row in connection.execute(query.order_by(process_exception.c.id))]


def unresolved_of_ruleset(connection: Connection, ruleset: str) -> list[ProcessException]:
    """Return the exceptions of *ruleset* that are not resolved, by id."""
    query = select(process_exception).where(
        process_exception.c.ruleset == ruleset, process_exception.c.state != "resolved"
    )
    return [read_row(row) for row in connection.execute(query.order_by(process_exception.c.id))]


def waivers_ended(connection: Connection, *, at: datetime) -> list[ProcessException]:
    """Return the waived exceptions whose waiver ran out by *at*."""
    query = select(process_exception).where(
        process_exception.c.state == "waived",
        process_exception.c.waived_until <= to_micros(at),
    )
    return [read_row(row) for row in connection.execute(query.order_by(process_exception.c.id))]


def of_incident(connection: Connection, incident: str) -> list[ProcessException]:
    """Return the members of *incident* that stand, by id."""
    query = select(process_exception).where(
        process_exception.c.incident == incident, process_exception.c.state.in_(STANDING)
    )
    return [read_row(row) for row in connection.execute(query.order_by(process_exception.c.id))]


def to_escalate(
    connection: Connection, *, at: datetime, limit: int = CHUNK
) -> list[ProcessException]:
    """Return exceptions whose handling is later *at* than was told of it, the longest so first."""
    due = process_exception.c.escalate_at
    query = select(process_exception).where(due <= to_micros(at))
    query = query.order_by(due, process_exception.c.id).limit(limit)
    return [read_row(row) for row in connection.execute(query)]


def history(connection: Connection, id_: str) -> list[Line]:
    """Return the lines of one exception, the oldest first."""
    query = select(exception_history).where(exception_history.c.exception == id_)
    return [
        Line(
            actor=row.actor,
            action=row.action,
            at=from_micros(row.at),
            note=row.note,
            detail=msgspec.json.decode(row.detail),
        )
        for row in connection.execute(query.order_by(exception_history.c.number))
    ]


def write_row(one: ProcessException) -> dict[str, Any]:
    held, worth = one.blocked or one.remaining, worth_of(one)
    start, due = pressing_span(one) or (None, None)
    return {
        **{name: getattr(one, name) for name in _AS_THEY_ARE},
        **{name: to_micros(getattr(one, name)) for name in _INSTANTS},
        **{name: optional_micros(getattr(one, name)) for name in _OPTIONAL_INSTANTS},
        "evidence": msgspec.json.encode(one.evidence).decode(),
        "blocked": _amount(one.blocked),
        "remaining": _amount(one.remaining),
        "currency": held.currency if held else None,
        "exposure": _amount(one.exposure),
        "exposure_currency": one.exposure.currency if one.exposure else None,
        "delayed": _amount(one.delayed),
        "delayed_currency": one.delayed.currency if one.delayed else None,
        "process_sla": _json(one.process_sla),
        "waiver": _json(one.waiver),
        "escalate_at": optional_micros(next_escalation(one)),
        "incident": one.incident.id if one.incident else None,
        "incident_about": _json(one.incident),
        "pressed_from": optional_micros(start),
        "pressed_until": optional_micros(due),
        "worth": float(worth.amount) if worth else 0.0,
        "worth_exactly": _amount(worth),
        "searched": "\n".join(getattr(one, name) for name in _SEARCHED).lower(),
        "worth_currency": worth.currency if worth else "",
        "stake": digest_of(one),
    }


@lru_cache(maxsize=4_000)
def read_row(row: Row[Any]) -> ProcessException:
    kept = row._mapping  # noqa: SLF001 - SQLAlchemy's documented way to read by name
    plain: dict[str, Any] = {
        **{name: kept[name] for name in _AS_THEY_ARE},
        **{name: from_micros(kept[name]) for name in _INSTANTS},
        **{name: optional_instant(kept[name]) for name in _OPTIONAL_INSTANTS},
    }
    return ProcessException(
        **plain,
        evidence=msgspec.json.decode(row.evidence, type=tuple[Evidence, ...]),
        blocked=optional_money(row.blocked, row.currency),
        remaining=optional_money(row.remaining, row.currency),
        exposure=optional_money(row.exposure, row.exposure_currency),
        delayed=optional_money(row.delayed, row.delayed_currency),
        process_sla=_read_json(row.process_sla, ProcessSla),
        waiver=_read_json(row.waiver, Waiver),
        incident=_read_json(row.incident_about, Incident),
    )


def _add_lines(connection: Connection, changes: Sequence[Change]) -> None:
    number = _last_numbers(connection, sorted({c.exception.id for c in changes if c.line}))
    rows = []
    for change in changes:
        if change.line is None:
            continue
        id_ = change.exception.id
        number[id_] += 1
        rows.append(
            {
                "exception": id_,
                "number": number[id_],
                "at": to_micros(change.line.at),
                "actor": change.line.actor,
                "action": change.line.action,
                "note": change.line.note,
                "detail": msgspec.json.encode(change.line.detail).decode(),
            }
        )
    if rows:
        connection.execute(exception_history.insert(), rows)


def _last_numbers(connection: Connection, ids: list[str]) -> dict[str, int]:
    last: dict[str, int] = defaultdict(int)
    for chunk in _chunks(ids):
        last.update({row[0]: row[1] for row in connection.execute(_last, {"ids": chunk})})
    return last


def _known(connection: Connection, ids: list[str]) -> set[str]:
    known: set[str] = set()
    for chunk in _chunks(ids):
        known.update(connection.execute(_known_ids, {"ids": chunk}).scalars())
    return known


def _refuse_collisions(changes: Sequence[Change], known: set[str]) -> None:
    """An id is given once: what opens under one that stands is another promise."""
    given = set(known)
    for change in changes:
        if change.line is not None and change.line.action == OPENED:
            if change.exception.id in given:
                raise CollisionError(f"{change.exception.id} stands for another broken promise")
            given.add(change.exception.id)


def _chunks(names: list[str]) -> Iterable[list[str]]:
    return (names[start : start + CHUNK] for start in range(0, len(names), CHUNK))


def _json(value: msgspec.Struct | None) -> str | None:
    return None if value is None else msgspec.json.encode(value, order="deterministic").decode()


def _read_json(text: str | None, type_: type[_T]) -> _T | None:
    return None if text is None else msgspec.json.decode(text, type=type_)


def _amount(held: Money | None) -> str | None:
    return None if held is None else format(held.amount, "f")
