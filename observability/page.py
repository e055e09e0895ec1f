"""
A page of a list, and the cursor to the next: the sort key of the last item shown.

Rows that come or go before the cursor neither repeat an item nor hide one.
"""

import base64
import binascii
from typing import Generic, Literal, TypeVar

import msgspec

LIMIT = 50
LARGEST = 500
FURTHEST = 10_000_000
"""A list that is paged by how many were shown goes no further."""
_T = TypeVar("_T")


class CursorError(ValueError):
    """A cursor that no page of this list gave."""


TotalIs = Literal["exact", "at_least"]


class Page(msgspec.Struct, Generic[_T], frozen=True, kw_only=True):
    """`total` counts the whole list; `next_cursor` is None on the last page."""

    total: int
    items: tuple[_T, ...]
    next_cursor: str | None = None


def write_cursor(count: int, name: str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([count, name])).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, str]:
    """Return what `write_cursor` wrote; raise `CursorError` for anything else."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=tuple[int, str])
    except (UnicodeError, binascii.Error, msgspec.DecodeError) as error:
        raise stray_cursor() from error


def read_offset(cursor: str) -> int:
    """Return how many were shown before, where that is the sort key; raise `CursorError`."""
    shown, _ = read_cursor(cursor)
    if not 0 <= shown <= FURTHEST:
        raise stray_cursor()
    return shown


def stray_cursor() -> CursorError:
    return CursorError("the cursor is not one of this list: leave it out to start anew")


def within(limit: int) -> int:
    """Return *limit* brought into what one page may hold."""
    return max(1, min(limit, LARGEST))
