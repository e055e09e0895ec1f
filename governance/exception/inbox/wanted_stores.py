"""Which exceptions are wanted, as the database is asked for them."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from governance.exception.inbox.pressing_stores import (
    amount_text,
    band,
    breached,
    handled_late,
    nearly,
)
from governance.exception.inbox.wanted import Wanted
from governance.exception.process_exception import STANDING
from governance.exception.standing_stores import STANDS, Unsought
from governance.handling.policy import Policy
from governance.tables import process_exception
from rules.instant import to_micros

_KEPT = process_exception.c
_ANY_OF = ("state", "severity", "owner", "process", "rule", "ruleset", "type", "stage", "incident")
_FEW = 1_000
_NEAR = 1e-9


def matching(
    connection: Connection, wanted: Wanted, at: datetime, policy: Policy
) -> list[ColumnElement[bool]]:
    """Return what is *wanted*; texts are searched once where few say what is looked for."""
    conditions = [*conditions_of(wanted, at, policy)]
    if wanted.q:
        here = [STANDS, _says(wanted.q)] if only_standing(wanted) else conditions
        few = select(_KEPT.id).where(*here).limit(_FEW + 1)
        ids = connection.execute(few).scalars().all()
        if len(ids) <= _FEW:
            return [_KEPT.id.in_(ids), *conditions_of(replace(wanted, q=None), at, policy)]
    return conditions


def only_standing(wanted: Wanted) -> bool:
    """Whether nothing is *wanted* that stands no more."""
    return bool(wanted.status) and {*wanted.status} <= {*STANDING}


def conditions_of(wanted: Wanted, at: datetime, policy: Policy) -> Iterator[ColumnElement[bool]]:
    """Yield what is *wanted*; of what stands, all but the text is read from one index."""
    yield from _worded(wanted)
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


def _worded(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    standing = only_standing(wanted)
    if standing:
        yield STANDS
    for name in _ANY_OF:
        values = getattr(wanted, name if name != "state" else "status")
        if values:
            by_index = name == "incident" or not standing
            yield (_KEPT[name] if by_index else Unsought(_KEPT[name])).in_(values)


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
        yield _says(wanted.q)
    if wanted.min_amount is not None:
        yield _at_least(wanted.min_amount)
    if wanted.due_within is not None:
        latest = to_micros(at + wanted.due_within)
        yield _KEPT.pressed_until.between(to_micros(at), latest)
    if wanted.sla:
        on_track = and_(~breached(at), ~nearly(at))
        states = {"breached": breached(at), "at_risk": nearly(at), "on_track": on_track}
        yield or_(*(states[one] for one in wanted.sla if one in states))


def _says(word: str) -> ColumnElement[bool]:
    return _KEPT.searched.contains(word.lower(), autoescape=True)


def _at_least(amount: Decimal) -> ColumnElement[bool]:
    """Digits are told apart where doubles are too near to say: that takes a call a row."""
    least = float(amount)
    near = abs(least) * _NEAR
    exactly = _AtLeast(amount_text(), bindparam(None, f"{amount:f}", Text))
    return or_(_KEPT.worth > least + near, and_(_KEPT.worth >= least - near, exactly))


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
