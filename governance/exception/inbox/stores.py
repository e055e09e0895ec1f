"""The inbox as the database answers it: filter, rank and page in one query."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Float,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from governance.exception.at_risk import COST_OF_CAPITAL, AtRisk, at_risk
from governance.exception.inbox.wanted import Page, Wanted
from governance.exception.process_exception import STANDING
from governance.exception.promise import AT_RISK_PERCENT
from governance.exception.stores import read_money, read_row
from governance.tables import process_exception
from rules.instant import from_micros, optional_instant, to_micros
from rules.money import Money

_KEPT = process_exception.c
_ANY_OF = ("severity", "owner", "process", "rule", "ruleset", "stage")
_SEARCHED = (
    _KEPT.id,
    _KEPT.case_key,
    _KEPT.case_title,
    _KEPT.title,
    _KEPT.reason,
    _KEPT.occurrence,
    _KEPT.rule,
)
_STANDS = _KEPT.state.in_(STANDING)
PRESSES_AT_LEAST = {"critical": 1.0, "high": 0.5, "medium": 0.25}
STAKE: tuple[ColumnElement[Any], ...] = (
    _KEPT.id,
    _KEPT.instance,
    _KEPT.engagement,
    _KEPT.line,
    _KEPT.type,
    _KEPT.blocked,
    _KEPT.remaining,
    _KEPT.currency,
    _KEPT.exposure,
    _KEPT.exposure_currency,
    _KEPT.delayed_since,
    _KEPT.resolved_at,
    _KEPT.changed_at,
)


class StoredStake(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of an exception that say what is at stake."""

    id: str
    instance: str
    engagement: str | None
    line: str
    type: str
    blocked: Money | None
    exposure: Money | None
    remaining: Money | None
    delayed_since: datetime | None
    resolved_at: datetime | None
    changed_at: datetime


def list_exceptions(  # noqa: PLR0913 - what is wanted, which part of it, and as of when
    connection: Connection,
    wanted: Wanted,
    *,
    at: datetime,
    limit: int = 50,
    offset: int = 0,
    cost_of_capital: Decimal = COST_OF_CAPITAL,
) -> Page:
    """Return one page of what is *wanted*, with counts and money over all of it, as of *at*."""
    conditions = [*_conditions(wanted, at)]
    counted = connection.execute(_counts(at).where(*conditions)).one()
    query = _sorted(select(process_exception).where(*conditions), wanted, at)
    rows = connection.execute(query.limit(limit).offset(offset)).all()
    beyond = offset + len(rows)
    return Page(
        items=tuple(read_row(row) for row in rows),
        total=counted.total,
        breached=int(counted.breached or 0),
        at_risk=int(counted.at_risk or 0),
        money=_money(connection, conditions, at, cost_of_capital),
        next_offset=beyond if beyond < counted.total else None,
    )


def read_stake(row: Row[Any]) -> StoredStake:
    return StoredStake(
        id=row.id,
        instance=row.instance,
        engagement=row.engagement,
        line=row.line,
        type=row.type,
        blocked=read_money(row.blocked, row.currency),
        exposure=read_money(row.exposure, row.exposure_currency),
        remaining=read_money(row.remaining, row.currency),
        delayed_since=optional_instant(row.delayed_since),
        resolved_at=optional_instant(row.resolved_at),
        changed_at=from_micros(row.changed_at),
    )


def pressing_due() -> ColumnElement[int]:
    """The limit of the promise that presses: the process's while it runs, else the handling's."""
    acknowledged = or_(_KEPT.state != "open", _KEPT.acknowledged_at.is_not(None))
    handling = case((acknowledged, _KEPT.resolve_due_at), else_=_KEPT.handling_due_at)
    return func.coalesce(_KEPT.process_due_at, handling)


def used(at: datetime) -> ColumnElement[float]:
    """The share of the pressing promise's time that has passed; 1 at its limit."""
    start = func.coalesce(_KEPT.process_started_at, _KEPT.handled_from)
    length = func.nullif(pressing_due() - start, 0)
    passed = to_micros(at) - start
    return func.coalesce(cast(passed, Float) / cast(length, Float), 0.0)


def pressure(at: datetime) -> ColumnElement[float]:
    """The share used, and no less than the severity presses from the first moment on."""
    least = case(PRESSES_AT_LEAST, value=_KEPT.severity, else_=0.0)
    return case((used(at) < least, least), else_=used(at))


def breached(at: datetime) -> ColumnElement[bool]:
    """Whether the promise is broken now: what is closed breaks nothing any more."""
    return and_(_STANDS, pressing_due() < to_micros(at))


def nearly(at: datetime) -> ColumnElement[bool]:
    late = pressing_due() < to_micros(at)
    return and_(_STANDS, ~late, used(at) >= AT_RISK_PERCENT / 100)


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
) -> AtRisk:
    some = or_(_KEPT.blocked.is_not(None), _KEPT.exposure.is_not(None))
    rows = connection.execute(select(*STAKE).where(*conditions, _STANDS, some))
    return at_risk(map(read_stake, rows), at=at, cost_of_capital=cost_of_capital)


def _conditions(wanted: Wanted, at: datetime) -> Iterator[ColumnElement[bool]]:
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
    yield from _measured(wanted, at)


def _measured(wanted: Wanted, at: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.q:
        text = wanted.q.lower()
        yield or_(*(func.lower(one).contains(text, autoescape=True) for one in _SEARCHED))
    if wanted.min_amount is not None:
        yield _AtLeast(_amount_text(), bindparam(None, f"{wanted.min_amount:f}", Text))
    if wanted.due_within is not None:
        latest = to_micros(at + wanted.due_within)
        yield pressing_due().between(to_micros(at), latest)
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


def _amount_text() -> ColumnElement[str]:
    return func.coalesce(_KEPT.blocked, _KEPT.exposure, "0")


def _amount() -> ColumnElement[float]:
    return cast(_amount_text(), Float)


def _sorted(query: Select[Any], wanted: Wanted, at: datetime) -> Select[Any]:
    match wanted.sort:
        case "newest":
            return query.order_by(_KEPT.opened_at.desc(), _KEPT.id)
        case "oldest":
            return query.order_by(_KEPT.opened_at, _KEPT.id)
        case "sla_used":
            return query.order_by(used(at).desc(), _KEPT.id)
        case "amount":
            return query.order_by(*_ranked(_amount()))
        case _:
            return query.order_by(*by_priority(at))


def by_priority(at: datetime) -> tuple[ColumnElement[Any], ...]:
    """What presses most first: money times pressure, a currency at a time."""
    return (*_ranked(_amount() * pressure(at)), pressure(at).desc(), _KEPT.id)


def _ranked(worth: ColumnElement[float]) -> tuple[ColumnElement[Any], ...]:
    """Rank each currency by itself and interleave the ranks: amounts are never compared across."""
    currency = func.coalesce(
        case((_KEPT.blocked.is_not(None), _KEPT.currency), else_=_KEPT.exposure_currency), ""
    )
    rank = func.rank().over(partition_by=currency, order_by=(worth.desc(), _KEPT.id))
    return (case((currency == "", 1), else_=0), rank, currency)
