"""
How values are written for people: money with its currency, durations with their unit.

Amounts of different currencies stand beside each other and are never added. What is not
known is written as a dash.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from ui.records import Money
from ui.zone import reader_zone

DASH = "—"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥"}
SCALES = ((Decimal(10) ** 9, "bn", 2), (Decimal(10) ** 6, "M", 2), (Decimal(10) ** 4, "k", 0))
MINUTE, HOUR, DAY = 60, 3600, 86400
DAYS_FROM = 4 * DAY
TENTHS_BELOW = 10
_ID = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


def amount(value: Decimal, places: int) -> str:
    step = Decimal(1).scaleb(-places)
    return f"{value.quantize(step, rounding=ROUND_HALF_EVEN):,}"


def currency_sign(currency: str) -> str:
    return SIGNS.get(currency, f"{currency} " if currency else "")


def money(value: Money | None) -> str:
    """Write exact cents: £1,234.50."""
    if value is None:
        return DASH
    sign = MINUS if value.amount < 0 else ""
    return f"{sign}{currency_sign(value.currency)}{amount(abs(value.amount), 2)}"


def short_money(value: Money | None) -> str:
    """Write a figure at a glance: £1.95M, £60k, £940."""
    if value is None:
        return DASH
    size = abs(value.amount)
    sign = (MINUS if value.amount < 0 else "") + currency_sign(value.currency)
    for unit, letter, places in SCALES:
        if size >= unit:
            divisor = Decimal(1000) if letter == "k" else unit
            return f"{sign}{amount(size / divisor, places)}{letter}"
    return f"{sign}{amount(size, 0)}"


def several(values: Sequence[Money]) -> str:
    """Write one figure a currency, side by side."""
    return " + ".join(short_money(value) for value in values) if values else DASH


def percent(share: float | None, places: int = 1) -> str:
    return DASH if share is None else f"{share * 100:.{places}f}%"


def count(number: int | None) -> str:
    return DASH if number is None else f"{number:,}"


def duration(seconds: float | None) -> str:
    """Write the largest unit that leaves a readable number: 42 min, 19 h, 6.5 d."""
    if seconds is None:
        return DASH
    size = abs(seconds)
    sign = MINUS if seconds < 0 else ""
    if size < HOUR:
        return f"{sign}{size / MINUTE:.0f} min"
    if size < DAYS_FROM:
        return f"{sign}{size / HOUR:.0f} h"
    days = size / DAY
    return f"{sign}{days:.1f} d" if days < TENTHS_BELOW else f"{sign}{days:,.0f} d"


def hours(number: float | None) -> str:
    """Write working hours: they are no shares of a calendar day, so they stay hours."""
    if number is None:
        return DASH
    return f"{number:.1f} h" if 0 < number < TENTHS_BELOW else f"{number:,.0f} h"


def day(at: datetime | None) -> str:
    return DASH if at is None else f"{at.astimezone(reader_zone()):%d %b %Y}"


def moment(at: datetime | None) -> str:
    return DASH if at is None else f"{at.astimezone(reader_zone()):%d %b %H:%M}"


def remaining(due_at: datetime | None, at: datetime) -> str:
    """Write how long is left until *due_at*, or how long ago it passed."""
    if due_at is None:
        return ""
    left: timedelta = due_at - at
    words = duration(abs(left.total_seconds()))
    return f"{words} left" if left.total_seconds() >= 0 else f"{words} over"


def sentence(word: str) -> str:
    """Write an identifier as words: `in_review` → In review."""
    return word.replace("_", " ").replace("-", " ").capitalize()


def named(activity: str) -> str:
    """Write an activity: an id as words, a name that a log brought along as it is."""
    return sentence(activity) if _ID.fullmatch(activity) else activity


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
