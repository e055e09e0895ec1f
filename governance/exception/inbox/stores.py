"""The inbox as the database answers it: filter, rank and page in one query."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from governance.exception.at_risk import COST_OF_CAPITAL, AtRisk, at_risk
from governance.exception.distinct import StoredStake, distinct
from governance.exception.inbox.pressing_stores import (
    amount_text,
    band,
    breached,
    by_priority,
    handled_late,
    nearly,
    pressing_worth,
    ranked,
    used,
)
from governance.exception.inbox.wanted import Page, Wanted
from governance.exception.process_exception import STANDING, ProcessException
from governance.exception.share import Whole
from governance.exception.stores import get_exceptions, read_row
from governance.handling.policy import BUILT_IN, Policy
from governance.tables import process_exception
from rules.instant import from_micros, optional_instant, to_micros
from rules.money import optional_money

_KEPT = process_exception.c
_ANY_OF = ("severity", "owner", "process", "rule", "ruleset", "type", "stage", "incident")
_STANDS = _KEPT.state.in_(STANDING)
STAKE: tuple[ColumnElement[Any], ...] = (
    _KEPT.id,
    _KEPT.process,
    _KEPT.instance,
    _KEPT.engagement,
    _KEPT.line,
    _KEPT.type,
    _KEPT.blocked,
    _KEPT.remaining,
    _KEPT.currency,
    _KEPT.exposure,
    _KEPT.exposure_currency,
    _KEPT.delayed,
    _KEPT.delayed_currency,
    _KEPT.delayed_since,
    _KEPT.resolved_at,
    _KEPT.changed_at,
)


Wholes = Callable[[Connection, Iterable[str]], Mapping[str, Whole]]
"""Tells of which case each of some cases is a part."""


def no_wholes(_connection: Connection, _instances: Iterable[str]) -> Mapping[str, Whole]:
    """No case is part of another."""
    return {}


def list_exceptions(  # noqa: PLR0913 - what is wanted, which part of it, and as of when
    connection: Connection,
    wanted: Wanted,
    *,
    at: datetime,
    limit: int = 50,
    offset: int = 0,
    cost_of_capital: Decimal = COST_OF_CAPITAL,
    policy: Policy = BUILT_IN,
    wholes: Wholes = no_wholes,
) -> Page:
    """Return one page of what is *wanted*, with counts and money over all of it, as of *at*."""
    conditions = [*_conditions(wanted, at, policy)]
    counted = connection.execute(_counts(at).where(*conditions)).one()
    ids = _page(connection, conditions, wanted, at, limit=limit, offset=offset)
    found = get_exceptions(connection, ids)
    beyond = offset + len(ids)
    return Page(
        items=tuple(found[id_] for id_ in ids),
        total=counted.total,
        breached=int(counted.breached or 0),
        at_risk=int(counted.at_risk or 0),
        money=_money(connection, conditions, at, cost_of_capital, wholes),
        next_offset=beyond if beyond < counted.total else None,
    )


def pages(
    connection: Connection, wanted: Wanted, *, at: datetime, policy: Policy, size: int
) -> Iterator[list[ProcessException]]:
    """Yield everything that is *wanted*, *size* at a time, without counts and money."""
    query = select(process_exception).where(*_conditions(wanted, at, policy))
    rows = connection.execute(_sorted(query, wanted, at).execution_options(yield_per=size))
    for those in rows.partitions():
        yield [read_row(row) for row in those]


def _page(  # noqa: PLR0913 - what is wanted, as of when, and which part of it
    connection: Connection,
    conditions: list[ColumnElement[bool]],
    wanted: Wanted,
    at: datetime,
    *,
    limit: int,
    offset: int,
) -> list[str]:
    """Return the ids of a page; of what is ranked, each currency is read as far as it."""
    worth = {"priority": pressing_worth(at), "amount": _KEPT.worth}.get(wanted.sort)
    if worth is None:
        query = _sorted(select(_KEPT.id).where(*conditions), wanted, at)
        return list(connection.execute(query.limit(limit).offset(offset)).scalars())
    codes = connection.execute(select(_KEPT.worth_currency).where(*conditions).distinct()).scalars()
    ranks: list[tuple[bool, int, str, str]] = []
    for code in codes.all():
        ids = select(_KEPT.id).where(*conditions, _KEPT.worth_currency == code)
        largest = ids.order_by(worth.desc(), _KEPT.id).limit(offset + limit)
        ranked_ids = enumerate(connection.execute(largest).scalars())
        ranks += [(not code, rank, code, id_) for rank, id_ in ranked_ids]
    return [id_ for *_, id_ in sorted(ranks)[offset : offset + limit]]


def read_stake(row: Row[Any]) -> StoredStake:
    """Return the stake in a row of `STAKE`: one of many, and told by place for that."""
    stake = row[: len(STAKE)]
    id_, process, instance, engagement, line, type_, blocked, remaining, currency, *late = stake
    exposure, exposed_in, delayed, delayed_in, delayed_since, resolved_at, changed_at = late
    return StoredStake(
        id=id_,
        process=process,
        instance=instance,
        engagement=engagement,
        line=line,
        type=type_,
        blocked=optional_money(blocked, currency),
        exposure=optional_money(exposure, exposed_in),
        delayed=optional_money(delayed, delayed_in),
        remaining=optional_money(remaining, currency),
        delayed_since=optional_instant(delayed_since),
        resolved_at=optional_instant(resolved_at),
        changed_at=from_micros(changed_at),
    )


def _counts(at: datetime) -> Select[Any]:
    figures: tuple[ColumnElement[Any], ...] = (
        func.count().label("total"),
        func.sum(case((breached(at), 1), else_=0)).label("breached"),
        func.sum(case((nearly(at), 1), else_=0)).label("at_risk"),
    )
    return select(*figures).select_from(process_exception)


def _money(
    connection: Connection,
    conditions: list[ColumnElement[bool]],
    at: datetime,
    cost_of_capital: Decimal,
    wholes: Wholes,
) -> AtRisk:
    figures = (_KEPT.blocked, _KEPT.exposure, _KEPT.delayed)
    some = or_(*(one.is_not(None) for one in figures))
    rows = connection.execute(select(*STAKE).where(*conditions, _STANDS, some)).all()
    stakes = [read_stake(row) for row in rows]
    if len({one.process for one in stakes}) <= 1:
        return at_risk(stakes, at=at, cost_of_capital=cost_of_capital)
    known = wholes(connection, {one.instance for one in stakes})
    once = distinct(stakes, known)
    return at_risk(once, at=at, cost_of_capital=cost_of_capital, wholes=known)


def _conditions(wanted: Wanted, at: datetime, policy: Policy) -> Iterator[ColumnElement[bool]]:
    if wanted.status:
        yield _KEPT.state.in_(wanted.status)
    for name in _ANY_OF:
        values = getattr(wanted, name)
        if values:
            yield _KEPT[name].in_(values)
    if wanted.case is not None:
        yield or_(_KEPT.case_key == wanted.case, _KEPT.instance == wanted.case)
    if wanted.assignee is not None:
        yield _KEPT.assignee == wanted.assignee
    if wanted.unassigned:
        yield _KEPT.assignee.is_(None)
    if wanted.priority:
        yield band(at, policy).in_(wanted.priority)
    yield from _dated(wanted, at)
    yield from _measured(wanted, at)


def _dated(wanted: Wanted, at: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.resolved_since is not None:
        yield _KEPT.resolved_at >= to_micros(wanted.resolved_since)
    if wanted.resolved_until is not None:
        yield _KEPT.resolved_at <= to_micros(wanted.resolved_until)
    if wanted.waiver_asked:
        yield _KEPT.waiver.is_not(None)
    if wanted.handled_late:
        yield handled_late(at)


def _measured(wanted: Wanted, at: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.q:
        yield _KEPT.searched.contains(wanted.q.lower(), autoescape=True)
    if wanted.min_amount is not None:
        yield _AtLeast(amount_text(), bindparam(None, f"{wanted.min_amount:f}", Text))
    if wanted.due_within is not None:
        latest = to_micros(at + wanted.due_within)
        yield _KEPT.pressed_until.between(to_micros(at), latest)
    if wanted.sla:
        on_track = and_(~breached(at), ~nearly(at))
        states = {"breached": breached(at), "at_risk": nearly(at), "on_track": on_track}
        yield or_(*(states[one] for one in wanted.sla if one in states))


class _AtLeast(FunctionElement[bool]):
    """Whether one decimal text is at least another, to the last digit, on either database."""

    type = Boolean()
    inherit_cache = True


@compiles(_AtLeast)
def _numeric(element: _AtLeast, compiler: SQLCompiler, **_: Any) -> str:
    left, right = element.clauses
    return (
        f"CAST({compiler.process(left)} AS NUMERIC) >= CAST({compiler.process(right)} AS NUMERIC)"
    )


@compiles(_AtLeast, "sqlite")
def _by_function(element: _AtLeast, compiler: SQLCompiler, **_: Any) -> str:
    return f"decimal_at_least({compiler.process(element.clauses)})"


def _sorted(query: Select[Any], wanted: Wanted, at: datetime) -> Select[Any]:
    match wanted.sort:
        case "newest":
            return query.order_by(_KEPT.opened_at.desc(), _KEPT.id)
        case "oldest":
            return query.order_by(_KEPT.opened_at, _KEPT.id)
        case "sla_used":
            return query.order_by(used(at).desc(), _KEPT.id)
        case "amount":
            return query.order_by(*ranked(_KEPT.worth))
        case _:
            return query.order_by(*by_priority(at))
