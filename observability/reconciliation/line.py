"""
A line is what one side says of one key, its values written in one way only.

A number is decimal text without trailing zeros, money such a number with its currency.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from typing import Any

import msgspec

from observability.reconciliation.document import CASE, Comparison, Field, Reconciliation, Selection
from rules.instant import InstantError, parse_instant, to_micros
from rules.money import MoneyError, decimal, read_money

Value = str | tuple[str, str] | None
"""Text or a number, money as (amount, currency), or nothing that can be read."""
CaseOf = Callable[[str], str | None]
"""The name that a case is listed under, by any of its names."""
_EXACT = Context(prec=100)


class Line(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`at` are microseconds; `ref` leads back to the entity or the row; `id` tells duplicates."""

    key: tuple[str, ...]
    values: tuple[Value, ...]
    ref: str
    part: str = ""
    id: tuple[str, ...] | None = None
    at: int | None = None
    case: str | None = None
    group: tuple[str, ...] = ()
    money: tuple[str, str] | None = None
    minus: bool = False

    @property
    def order(self) -> tuple[int, str, str]:
        return (self.at or 0, self.part, self.ref)


def read_line(  # noqa: PLR0913 - a row, what it is read by, and where it leads back to
    document: Reconciliation,
    selection: Selection,
    row: Mapping[str, Any],
    *,
    ref: str,
    sums: bool,
    case_of: CaseOf = lambda name: name,
) -> Line | None:
    """
    Return the line that *row* is; None where it names no key, so that it can be held to nothing.

    *row* is the state of an entity, or a row of an extract with its fields already named.
    """
    case = _case(selection, row, case_of)
    key = tuple(
        case if name == CASE else _text(_field(selection, row, name)) for name in document.key
    )
    if not all(key):
        return None
    named = tuple(part or "" for part in key)
    return Line(
        key=named,
        values=tuple(_value(one, selection, row) for one in document.compare),
        ref=ref,
        part=selection.part,
        id=_id(selection, row, named, sums=sums),
        at=instant_of(row.get(selection.at)) if selection.at else None,
        case=case,
        group=tuple(
            (case if name == CASE else _text(_field(selection, row, name))) or ""
            for name in document.total_by
        ),
        money=_money(_field(selection, row, document.money)) if document.money else None,
        minus=selection.subtract,
    )


def selects(selection: Selection, row: Mapping[str, Any]) -> bool:
    """Whether *row* is one of those that *selection* asks for; true is never 1."""
    return (
        all(row.get(name) is not None for name in selection.has)
        and all(row.get(name) is None for name in selection.lacks)
        and all(_is_one_of(row.get(name), wanted) for name, wanted in selection.where.items())
    )


def number(value: object) -> str | None:
    """Return the one way to write *value*; None where it is no number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        read = decimal(repr(value) if isinstance(value, float) else value)
    except MoneyError:
        return None
    return f"{read.normalize(_EXACT):f}" if read else "0"


def instant_of(value: object) -> int | None:
    """Return *value* in microseconds: a time, or a date, which is its first moment in UTC."""
    if not isinstance(value, str):
        return None
    try:
        return to_micros(parse_instant(value))
    except InstantError:
        pass
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return to_micros(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _is_one_of(value: object, wanted: object) -> bool:
    those = wanted if isinstance(wanted, tuple) else (wanted,)
    return any(type(value) is type(one) and value == one for one in those)


def _case(selection: Selection, row: Mapping[str, Any], case_of: CaseOf) -> str | None:
    named = _text(row.get(selection.case)) if selection.case else None
    return case_of(named) if named else None


def _id(
    selection: Selection, row: Mapping[str, Any], key: tuple[str, ...], *, sums: bool
) -> tuple[str, ...] | None:
    """The same id twice in one part is a duplicate; a line of a sum may have none."""
    if not sums:
        return key
    if not selection.line:
        return None
    return (*key, *(_text(_field(selection, row, name)) or "" for name in selection.line))


def _field(selection: Selection, row: Mapping[str, Any], name: str) -> Any:
    kept = selection.fields.get(name, name)
    if isinstance(kept, Field):
        value = row.get(kept.field)
        return kept.words.get(value, value) if isinstance(value, str) else value
    return row.get(kept)


def _value(one: Comparison, selection: Selection, row: Mapping[str, Any]) -> Value:
    value = _field(selection, row, one.field)
    if one.kind == "money":
        return _money(value)
    return number(value) if one.kind == "number" else _text(value)


def _money(value: object) -> tuple[str, str] | None:
    read = read_money(value)
    if read is None:
        return None
    amount = number(read.amount)
    return None if amount is None else (amount, read.currency)


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip() or None
        case int() | float() | Decimal():
            return number(value)
        case _:
            return msgspec.json.encode(value, order="deterministic").decode()
