"""Sentences of the API in the reader's words: their clock, their money signs, no field names."""

import re
from datetime import date, datetime

from ui.display import DASH, currency_sign, sentence
from ui.zone import reader_zone

INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
DATE = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")
MONEY = re.compile(r"\b(EUR|GBP|USD|JPY) (?=\d)")
NOT_KNOWN = "unknown"


def instant_words(text: str) -> str:
    """Write an RFC 3339 time as a day and a clock in the reader's zone."""
    at = datetime.fromisoformat(text).astimezone(reader_zone())
    return f"{at:%d %b %Y %H:%M}"


def date_words(text: str) -> str:
    try:
        return f"{date.fromisoformat(text):%d %b %Y}"
    except ValueError:
        return text


def plain(text: str) -> str:
    """Write *text* with times, days and amounts as the reader writes them."""
    text = INSTANT.sub(lambda found: instant_words(found.group()), text)
    text = DATE.sub(lambda found: date_words(found.group()), text)
    return MONEY.sub(lambda found: currency_sign(found.group(1)), text)


def reading(value: str) -> str:
    """Write a datum; what nobody has recorded is said to be so."""
    if value == NOT_KNOWN:
        return "not recorded"
    return plain(value) or DASH


def label(field: str) -> str:
    """Write the name of a field: `invoice_issued_at` → Invoice issued."""
    return sentence(re.sub(r"_(at|on|id)$", "", field)) if field else ""
