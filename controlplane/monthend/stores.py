"""Month ends in the database: what is open now, and the records of sign-off."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, insert, select

from controlplane.engagement.whole_stores import wholes_of
from controlplane.monthend.opened import BLOCKER, UNBILLED, Checked, OpenLine, SignOff
from controlplane.tables import sign_off
from governance.exception.at_risk import blocked_by
from governance.exception.share import Whole
from governance.exception.stake_stores import STAKE, read_stake
from governance.tables import process_exception
from observability.projection.chunk import chunked
from observability.rollup.modelled import NAMED
from observability.rollup.tables import rollup_case
from observability.tables import instance
from rules.instant import from_micros, to_micros
from rules.money import Money, total

_FIELD = "legal_entity"
_attributes = msgspec.json.Decoder(dict[str, Any]).decode
_lines = msgspec.json.Decoder(list[OpenLine]).decode
_checked = msgspec.json.Decoder(list[Checked]).decode


def knows(connection: Connection, entity: str) -> bool:
    """Return whether any case is of *entity*."""
    rows = connection.execute(
        select(instance.c.attributes).where(_names(entity)).execution_options(yield_per=100)
    )
    return any(_attributes(text).get(_FIELD) == entity for text in rows.scalars())


def unbilled(
    connection: Connection, process: str, measure: str, entity: str, *, before: datetime
) -> list[OpenLine]:
    """Return what stands open in *measure* since before then, by case and instant."""
    c, i = rollup_case.c, instance.c
    rows = connection.execute(
        select(
            c.instance, c.at, c.currency, c.total, c.n, i.case_key, i.title, i.owner, i.attributes
        )
        .join(instance, i.id == c.instance)
        .where(
            c.process == process,
            c.measure == NAMED + measure,
            c.at < to_micros(before),
            _names(entity),
        )
        .order_by(c.at, c.instance, c.currency)
    )
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows.all():
        if _attributes(row.attributes).get(_FIELD) == entity:
            found[f"{row.instance}/{row.at}"].append(cast("Row[Any]", row))
    return [_unbilled(id_, those) for id_, those in found.items()]


def blockers(connection: Connection, entity: str, *, before: datetime) -> list[OpenLine]:
    """Return the exceptions that hold up money of *entity* and were opened before then."""
    e, i = process_exception.c, instance.c
    rows = connection.execute(
        select(*STAKE, e.case_key, e.case_title, e.title, e.owner, e.opened_at, i.attributes)
        .join(instance, i.id == e.instance)
        .where(
            e.stake != 0,
            e.blocked.is_not(None),
            e.opened_at < to_micros(before),
            _names(entity),
        )
        .order_by(e.opened_at, e.id)
    )
    found = [row for row in rows.all() if _attributes(row.attributes).get(_FIELD) == entity]
    wholes = wholes_of(connection, {row.instance for row in found})
    lines = (_blocker(cast("Row[Any]", row), wholes.get(row.instance)) for row in found)
    return [one for one in lines if one is not None]


def entities_of(connection: Connection, exceptions: Sequence[str]) -> dict[str, str | None]:
    """Return the legal entity of the case of each of *exceptions*; None where it names none."""
    e, i = process_exception.c, instance.c
    found: dict[str, str | None] = {}
    for piece in chunked(exceptions):
        rows = connection.execute(
            select(e.id, i.attributes).join(instance, i.id == e.instance).where(e.id.in_(piece))
        )
        found.update({row.id: _attributes(row.attributes).get(_FIELD) for row in rows.all()})
    return found


def add(connection: Connection, one: SignOff) -> None:
    connection.execute(
        insert(sign_off),
        {
            "entity": one.entity,
            "period": one.period,
            "signed_at": to_micros(one.signed_at),
            "signed_by": one.signed_by,
            "comment": one.comment,
            "digest": one.digest,
            "lines": msgspec.json.encode(one.lines).decode(),
            "reconciliations": msgspec.json.encode(one.reconciliations).decode(),
        },
    )


def find(connection: Connection, entity: str, period: str) -> SignOff | None:
    c = sign_off.c
    row = connection.execute(
        select(sign_off).where(c.entity == entity, c.period == period)
    ).one_or_none()
    return None if row is None else _signed(row)


def before(connection: Connection, entity: str, period: str) -> SignOff | None:
    """Return the last sign-off of *entity* of a month before *period*."""
    c = sign_off.c
    row = connection.execute(
        select(sign_off)
        .where(c.entity == entity, c.period < period)
        .order_by(c.period.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _signed(row)


def _names(entity: str) -> ColumnElement[bool]:
    text = msgspec.json.encode(entity).decode()
    return instance.c.attributes.contains(text, autoescape=True)


def _blocker(row: Row[Any], whole: Whole | None) -> OpenLine | None:
    """Return the exception as a line; None when nothing is left to bill of what it is about."""
    stake = read_stake(row)
    money = blocked_by(stake)
    if money is None or money.amount <= 0:
        return None
    return OpenLine(
        id=row.id,
        kind=BLOCKER,
        instance=row.instance,
        case=row.case_key,
        title=row.case_title,
        about=row.title,
        owner=row.owner,
        since=from_micros(row.opened_at),
        money=[money],
        line=stake.line,
        engagement=stake.engagement,
        process=stake.process,
        whole=None if whole is None else whole.instance,
        whole_left=None if whole is None else whole.left,
        remaining=stake.remaining,
    )


def _unbilled(id_: str, rows: list[Row[Any]]) -> OpenLine:
    first = rows[0]
    n = sum(row.n for row in rows)
    return OpenLine(
        id=id_,
        kind=UNBILLED,
        instance=first.instance,
        case=first.case_key,
        title=first.title,
        about="Approved, not invoiced" if n == 1 else f"{n:,} approved, not invoiced",
        owner=first.owner,
        since=from_micros(first.at),
        money=total(
            Money(amount=Decimal(row.total), currency=row.currency) for row in rows if row.currency
        ),
    )


def _signed(row: Row[Any]) -> SignOff:
    return SignOff(
        entity=row.entity,
        period=row.period,
        signed_at=from_micros(row.signed_at),
        signed_by=row.signed_by,
        comment=row.comment,
        digest=row.digest,
        lines=_lines(row.lines),
        reconciliations=_checked(row.reconciliations),
    )
