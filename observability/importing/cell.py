"""A cell of an export is text; what it means is said by its column. An empty cell says nothing."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Literal

import msgspec

from rules.money import MoneyError, decimal, money

Json = str | int | float | bool | dict[str, str] | list[str] | None
Kind = Literal["text", "texts", "integer", "decimal", "number", "money", "boolean", "date"]
YES = ("true", "yes", "y", "1")
NO = ("false", "no", "n", "0")


class CellError(ValueError):
    """A cell that does not hold what its column promises."""


class Cell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Where a field comes from: a `column`, or the same `value` for every row. Money takes its
    `currency` here or from `currency_column`; `texts` is a list, divided by `separator`; a
    `decimal` is text and keeps its digits, a `number` is a JSON number.
    """

    column: str | None = None
    value: str | int | bool | None = None
    type: Kind = "text"
    format: str | None = None
    currency: str | None = None
    currency_column: str | None = None
    true: tuple[str, ...] = YES
    separator: str = ","


def read_cell(row: Mapping[str, str], cell: Cell, *, mark: str, format_: str | None) -> Json:
    """
    Return the JSON value of *cell* in *row*, None when it is empty; *mark* is the decimal mark.

    Raises `CellError` naming the column.
    """
    if cell.column is None:
        return cell.value
    text = row[cell.column].strip()
    if not text:
        return None
    try:
        return _value(text, row, cell, mark, cell.format or format_)
    except (MoneyError, ValueError) as error:
        raise CellError(f"column {cell.column!r}: {error}") from error


def read_time(text: str, format_: str | None, zone: tzinfo) -> datetime:
    """Return *text* as UTC, read by *format_* or as ISO 8601; without a zone it is in *zone*."""
    try:
        at = datetime.strptime(text.strip(), format_) if format_ else _iso(text)  # noqa: DTZ007
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CellError(f"{text!r} is no time written as {format_ or 'ISO 8601'}") from error


def _iso(text: str) -> datetime:
    return datetime.fromisoformat(text.strip())


def _value(text: str, row: Mapping[str, str], cell: Cell, mark: str, format_: str | None) -> Json:
    if cell.type == "money":
        currency = row[cell.currency_column].strip() if cell.currency_column else cell.currency
        amount = money(_digits(text, mark), currency or "")
        return {"amount": f"{amount.amount:f}", "currency": amount.currency}
    if cell.type in ("decimal", "number", "integer"):
        return _number(text, cell.type, mark)
    if cell.type == "boolean":
        return _boolean(text, cell.true)
    if cell.type == "date":
        return _date(text, format_)
    if cell.type == "texts":
        return [part.strip() for part in text.split(cell.separator) if part.strip()]
    return text


def _number(text: str, kind: Kind, mark: str) -> str | int | float:
    number = decimal(_digits(text, mark))
    if kind == "decimal":
        return f"{number:f}"
    whole = number == number.to_integral_value()
    if kind == "integer" and not whole:
        raise ValueError(f"{text!r} is no whole number")
    return int(number) if whole else float(number)


def _digits(text: str, mark: str) -> str:
    """Drop the marks of thousands: whichever of comma and point is not the decimal mark."""
    other = "," if mark == "." else "."
    plain = text.replace(other, "").replace("\u00a0", "").replace(" ", "")
    return plain.replace(mark, ".")


def _boolean(text: str, true: tuple[str, ...]) -> bool:
    lowered = text.lower()
    if lowered in {one.lower() for one in true}:
        return True
    if true == YES and lowered not in NO:
        raise ValueError(f"{text!r} is neither yes nor no")
    return False


def _date(text: str, format_: str | None) -> str:
    if format_ is None:
        return date.fromisoformat(text[: len("2026-03-02")]).isoformat()
    return datetime.strptime(text, format_).date().isoformat()  # noqa: DTZ007 (a date has no zone)
