"""The cases behind a measure: what each of them adds, and when."""

from decimal import Decimal
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Row, and_, or_, select

from observability.model.model import Measurement
from observability.page import read_cursor, write_cursor
from observability.rollup.contribution import Contribution
from observability.rollup.modelled import BY, MILLION, NAMED
from observability.rollup.part_measures import PARTS
from observability.rollup.tables import case_rollup, rollup_case
from observability.tables import instance
from rules.instant import from_micros, render_instant
from rules.money import Money, total

_DAY = 86_400 * 1_000_000
LOOKED = 500
_kept = msgspec.msgpack.Decoder(dict[str, msgspec.Raw]).decode
_told = msgspec.msgpack.Decoder(list[Contribution]).decode


class KpiCase(msgspec.Struct, frozen=True, kw_only=True):
    """What the case `id` adds at an instant; `days` is a duration, `quantity` a number."""

    id: str
    case: str
    title: str
    stage: str | None
    at: str
    n: int
    quantity: Decimal | None
    days: Decimal | None
    amounts: list[Money]


class KpiCases(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[KpiCase, ...]
    next_cursor: str | None = None


def cases_behind(  # noqa: PLR0913 - a window of a measure, and a page of it
    connection: Connection,
    process: str,
    measure: Measurement,
    *,
    since: int,
    until: int,
    limit: int,
    cursor: str | None,
    within: tuple[str, str] | None = None,
) -> KpiCases:
    """
    Return the cases behind *measure* at instants from *since* to *until* (microseconds).

    What happened comes last first; what stands open is told from its beginning, the longest first.
    Those *within* a part are looked for among so many at a time as `LOOKED` says: a page may
    have fewer than *limit*, and another one behind it.
    """
    most = limit if within is None else max(limit, LOOKED)
    c, rising = rollup_case.c, measure.standing
    here = and_(
        c.process == process,
        c.measure == NAMED + measure.measure,
        c.at <= until,
        c.at >= (0 if rising else since),
    )
    if cursor is not None:
        at, last = read_cursor(cursor)
        behind = (
            or_(c.at > at, and_(c.at == at, c.instance > last))
            if rising
            else or_(c.at < at, and_(c.at == at, c.instance < last))
        )
        here = and_(here, behind)
    order = (c.at, c.instance) if rising else (c.at.desc(), c.instance.desc())
    wanted = select(c.at, c.instance).where(here).distinct().order_by(*order).limit(most + 1)
    rows = connection.execute(wanted).all()
    looked = rows[:most]
    known = _cases(connection, {row.instance for row in looked})
    part = None if within is None else "=".join(within)
    those = [row for row in looked if part is None or _is_of(measure, known[row.instance], part)]
    page = those[:limit]
    end = page[-1] if len(those) > limit else looked[-1] if len(rows) > most else None
    return KpiCases(
        items=tuple(_item(measure, row.at, known[row.instance]) for row in page),
        next_cursor=None if end is None else write_cursor(end.at, end.instance),
    )


def _is_of(measure: Measurement, row: Row[Any], part: str) -> bool:
    """Whether the case says *part* (`practice=Strategy`) of itself."""
    told = _kept(row.kept).get(BY + measure.measure)
    return told is not None and any(part in one.of for one in _told(told))


def cases_within(connection: Connection, ids: set[str], within: tuple[str, str]) -> frozenset[str]:
    """Return those of *ids* with promises that are *within* a part."""
    c, part = case_rollup.c, "=".join(within)
    rows = connection.execute(select(c.instance, c.kept).where(c.instance.in_(ids))).all()
    told = ((id_, _kept(kept).get(PARTS)) for id_, kept in rows)
    return frozenset(
        id_ for id_, parts in told if parts and any(part in one.of for one in _told(parts))
    )


def _cases(connection: Connection, ids: set[str]) -> dict[str, Row[Any]]:
    i, c = instance.c, case_rollup.c
    rows = connection.execute(
        select(i.id, i.case_key, i.title, i.stage, c.kept)
        .join(case_rollup, c.instance == i.id)
        .where(i.id.in_(ids))
    )
    return {row.id: cast("Row[Any]", row) for row in rows.all()}


def _item(measure: Measurement, at: int, row: Row[Any]) -> KpiCase:
    told = [one for one in _told(_kept(row.kept)[NAMED + measure.measure]) if one.at == at]
    amounts = total(one.amount for one in told if one.amount is not None)
    quantity = sum(one.quantity for one in told)
    numbered = measure.field is not None and not amounts
    return KpiCase(
        id=row.id,
        case=row.case_key,
        title=row.title,
        stage=row.stage,
        at=render_instant(from_micros(at)),
        n=len(told),
        quantity=Decimal(quantity) / MILLION if numbered else None,
        days=Decimal(quantity) / _DAY if measure.since is not None else None,
        amounts=amounts,
    )
