"""
An instant is an aware UTC datetime; on disk it is a whole number of microseconds.

Naive times are refused rather than guessed.
"""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class InstantError(ValueError):
    """A time that is not RFC 3339, or that names no zone."""


def to_micros(at: datetime) -> int:
    """Return microseconds since 1970-01-01T00:00:00Z; *at* must be aware."""
    return (at - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC datetime of *micros* since the epoch."""
    return EPOCH + timedelta(microseconds=micros)


def optional_micros(at: datetime | None) -> int | None:
    return None if at is None else to_micros(at)


def optional_instant(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def parse_instant(text: str) -> datetime:
    """Return RFC 3339 *text* as UTC; raise `InstantError` if it is malformed or has no zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InstantError(
            f"{text!r} is not an RFC 3339 time, e.g. 2026-03-02T09:30:00Z"
        ) from error
    if at.tzinfo is None:
        raise InstantError(f"{text!r} names no time zone; add Z or an offset such as +01:00")
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise InstantError(f"{text!r} is outside the calendar") from error


def render_instant(at: datetime) -> str:
    """Return *at* as RFC 3339 with a trailing Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
