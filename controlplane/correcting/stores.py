"""Corrections as they are kept, with what each of them changed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from controlplane.correcting.correction import UNDOES, Cause, Correction, Difference, Member
from controlplane.correcting.tables import correction, correction_member
from governance.exception.at_risk import AtRisk
from observability.projection.chunk import chunked
from rules.instant import from_micros, optional_instant, to_micros
from rules.money import Money, decimal, total

_FIGURES = ("blocked", "delayed_cash", "exposure")
_COUNTED = {
    "breaches_withdrawn": "breach-withdrawn",
    "breaches_added": "breach-added",
    "exceptions_ended": "exception-ended",
    "exceptions_opened": "exception-opened",
}


def begin(connection: Connection, cause: Cause) -> str:
    """Keep a correction that changed nothing yet; return its id. One that is known goes on."""
    known = connection.execute(select(correction.c.id).where(correction.c.id == cause.id)).first()
    if known is None:
        last = connection.execute(select(func.max(correction.c.number))).scalar_one()
        row = {
            "number": (last or 0) + 1,
            "id": cause.id,
            "kind": cause.kind,
            "subject": cause.subject,
            "because": cause.because,
            "actor": cause.actor,
            "begun_at": to_micros(cause.at),
            "ended_at": None,
            "cases": 0,
            "members": 0,
            **dict.fromkeys(_COUNTED, 0),
            "money": _json(AtRisk()),
        }
        connection.execute(insert(correction), [row])
    return cause.id


def add(connection: Connection, id_: str, found: Difference) -> None:
    """Let the correction have changed *found* as well; what it changed back, it did not change."""
    standing = get(connection, id_)
    if standing is None:
        return
    last, undone = _undone(connection, id_, found.members)
    back = {one for one, _ in undone.values()}
    fresh = [one for place, one in enumerate(found.members) if place not in undone]
    counts = {
        name: getattr(standing, name)
        + sum(one.change == change for one in fresh)
        - sum(one.change == change for _, one in undone.values())
        for name, change in _COUNTED.items()
    }
    changed = {
        "cases": standing.cases + found.cases,
        "members": standing.members + len(fresh) - len(undone),
        "money": _json(_together(standing.money, found.money)),
        **counts,
    }
    connection.execute(update(correction).where(correction.c.id == id_).values(changed))
    c = correction_member.c
    for piece in chunked(sorted(back)):
        connection.execute(
            delete(correction_member).where(c.correction == id_, c.number.in_(piece))
        )
    rows = [_member_row(id_, last + number, one) for number, one in enumerate(fresh, start=1)]
    if rows:
        connection.execute(insert(correction_member), rows)


def _undone(
    connection: Connection, id_: str, found: Sequence[Member]
) -> tuple[int, dict[int, tuple[int, Member]]]:
    """
    Return the last number of the correction's members, and which of *found*, by place, undo one
    of them, with its number.
    """
    c = correction_member.c
    known: dict[tuple[str, ...], list[tuple[int, Member]]] = defaultdict(list)
    of_objects = [c.object.in_(piece) for piece in chunked(sorted(_objects(found)))]
    cases = sorted({one.instance for one in found if not one.object})
    of_cases = [(c.object == "") & c.instance.in_(piece) for piece in chunked(cases)]
    for here in (*of_objects, *of_cases):
        query = select(correction_member).where(c.correction == id_, here).order_by(c.number)
        for row in connection.execute(query):
            one = _read_member(row)
            known[one.change, *_about(one)].append((row.number, one))
    undone: dict[int, tuple[int, Member]] = {}
    for place, one in enumerate(found):
        those = known.get((UNDOES[one.change], *_about(one)))
        if those:
            undone[place] = those.pop()
    query = select(func.max(c.number)).where(c.correction == id_)
    return connection.execute(query).scalar_one() or 0, undone


def _objects(found: Sequence[Member]) -> set[str]:
    return {one.object for one in found if one.object}


def _about(one: Member) -> tuple[str, ...]:
    return one.process, one.name, one.object or one.instance


def _together(one: AtRisk, other: AtRisk) -> AtRisk:
    sums = {name: total([*getattr(one, name), *getattr(other, name)]) for name in _FIGURES}
    return AtRisk(**{name: [o for o in those if o.amount] for name, those in sums.items()})


def end(connection: Connection, id_: str, *, at: datetime) -> None:
    """Let the correction be over; a definition that nothing was judged by corrected nothing."""
    c = correction.c
    idle = (c.kind == "definition") & (c.cases == 0) & (c.members == 0)
    connection.execute(delete(correction).where(c.id == id_, idle))
    open_ = (c.id == id_) & c.ended_at.is_(None)
    connection.execute(update(correction).where(open_).values(ended_at=to_micros(at)))


def get(connection: Connection, id_: str) -> Correction | None:
    row = connection.execute(select(correction).where(correction.c.id == id_)).one_or_none()
    return None if row is None else _read(row)


def page(
    connection: Connection, *, before: int | None, limit: int, kind: str | None = None
) -> list[tuple[int, Correction]]:
    """Return at most *limit* corrections with their numbers, the newest first."""
    query = select(correction).order_by(correction.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(correction.c.number < before)
    if kind is not None:
        query = query.where(correction.c.kind == kind)
    return [(row.number, _read(row)) for row in connection.execute(query)]


def members(
    connection: Connection, id_: str, *, after: int = 0, limit: int
) -> list[tuple[int, Member]]:
    """Return at most *limit* members behind the number *after*, with their numbers."""
    c = correction_member.c
    query = select(correction_member).where(c.correction == id_, c.number > after)
    rows = connection.execute(query.order_by(c.number).limit(limit))
    return [(row.number, _read_member(row)) for row in rows]


def of_instance(
    connection: Connection, instance: str, *, limit: int
) -> list[tuple[Correction, list[Member]]]:
    """Return the last *limit* corrections that changed anything of a case, the newest last."""
    c = correction_member.c
    named = select(c.correction).where(c.instance == instance)
    query = select(correction).where(correction.c.id.in_(named))
    rows = connection.execute(query.order_by(correction.c.number.desc()).limit(limit)).all()
    ids = [row.id for row in rows]
    mine = select(correction_member).where(c.instance == instance, c.correction.in_(ids))
    found: dict[str, list[Member]] = {id_: [] for id_ in ids}
    for row in connection.execute(mine.order_by(c.correction, c.number)):
        found[row.correction].append(_read_member(row))
    return [(_read(row), found[row.id]) for row in reversed(rows)]


def _member_row(id_: str, number: int, one: Member) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(one),
        "correction": id_,
        "number": number,
        "amount": None if one.amount is None else str(one.amount.amount),
        "currency": None if one.amount is None else one.amount.currency,
    }


def _read_member(row: Row[Any]) -> Member:
    known: dict[str, Any] = {name: getattr(row, name) for name in Member.__struct_fields__}
    held = row.amount is not None
    amount = Money(amount=decimal(row.amount), currency=row.currency) if held else None
    return Member(**{**known, "amount": amount})


def _read(row: Row[Any]) -> Correction:
    known: dict[str, Any] = {name: getattr(row, name) for name in Correction.__struct_fields__}
    known["begun_at"] = from_micros(row.begun_at)
    known["ended_at"] = optional_instant(row.ended_at)
    known["money"] = msgspec.json.decode(row.money, type=AtRisk)
    return Correction(**known)


def _json(value: AtRisk) -> str:
    return msgspec.json.encode(value).decode()
