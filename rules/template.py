"""
A reason is a sentence with terms in braces: `Timesheet {t.timesheet_id}: no rate for {t.role}.`

Two braces stand for one. A datum that is not known reads `unknown`.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from rules.decision import Value
from rules.document import DocumentError
from rules.expression import read_term
from rules.instant import render_instant
from rules.money import Money
from rules.syntax import Place, Term

UNKNOWN = "unknown"


class Template(msgspec.Struct, frozen=True, kw_only=True):
    parts: tuple[str | Term, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(part for part in self.parts if not isinstance(part, str))


def read_template(text: str, place: Place | None = None) -> Template:
    """Return *text* as a template; raise `DocumentError` at a brace that does not fit."""
    start = place or Place()
    parts: list[str | Term] = []
    words = ""
    position = 0
    while position < len(text):
        character = text[position]
        if character not in "{}":
            words += character
            position += 1
        elif text[position : position + 2] == character * 2:
            words += character
            position += 2
        elif character == "}":
            raise _brace(start, position, "this } closes nothing; write }} for the character")
        else:
            end = text.find("}", position)
            if end < 0:
                raise _brace(start, position, "this { is never closed; write {{ for the character")
            if words:
                parts.append(words)
            words = ""
            parts.append(read_term(text[position + 1 : end], _inside(start, position + 1)))
            position = end + 1
    if words:
        parts.append(words)
    return Template(parts=tuple(parts))


def _inside(start: Place, offset: int) -> Place:
    return Place(line=start.line, column=start.column + offset) if start.line else start


def _brace(start: Place, offset: int, message: str) -> DocumentError:
    place = _inside(start, offset)
    return DocumentError(message, line=place.line, column=place.column)


def _render_duration(value: timedelta) -> str:
    sign = "-" if value < timedelta() else ""
    minutes, seconds = divmod(abs(value), timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    exact = f"{seconds.total_seconds():f}".rstrip("0").rstrip(".")
    counted = ((days, "day"), (hours, "hour"), (minutes, "minute"))
    words = [f"{count} {word}{'s' if count != 1 else ''}" for count, word in counted if count]
    if seconds:
        words.append(f"{exact} seconds")
    return sign + (" ".join(words) or "0 days")


_RENDER: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "yes" if value else "no",
    int: str,
    str: str,
    Money: str,
    Decimal: lambda value: f"{value:,f}",
    date: date.isoformat,
    datetime: lambda value: render_instant(value.replace(microsecond=0)),
    timedelta: _render_duration,
    list: lambda value: ", ".join(map(str, value)),
}


def render_value(value: Value | None) -> str:
    """Return *value* as a person reads it: `EUR 1,234.50`, `2026-03-02`, `3 days`."""
    return UNKNOWN if value is None else _RENDER[type(value)](value)
