"""
A window is a number of whole UTC days up to and including the day of `as_of`, or all time.

A case is in it when its last event is (what stands open now is told whatever the window); a
clock when it ended in it, or has not ended. A clock
ends when it is met, when its deadline passes unmet (late and absent alike: that is the moment
the promise broke, whenever the target came), or when it is cancelled.
"""

import re
from datetime import datetime, timedelta

import msgspec

ALL = "all"
MAX_DAYS = 3660
_DAYS = re.compile(r"([1-9]\d{0,3})d")


class WindowError(ValueError):
    """A window that is neither `all` nor a number of days such as `30d`."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """
    `since` is a UTC midnight, None for all time; the window of the same length before this
    one begins at `earlier`.
    """

    text: str
    as_of: datetime
    since: datetime | None
    earlier: datetime | None = None


def read_window(text: str, *, as_of: datetime) -> Window:
    if text == ALL:
        return Window(text=text, as_of=as_of, since=None)
    match = _DAYS.fullmatch(text)
    if match is None or int(match[1]) > MAX_DAYS:
        raise WindowError(f"{text!r} is no window; write a number of days such as 30d, or all")
    today = as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    days = timedelta(days=int(match[1]))
    since = today - days + timedelta(days=1)
    return Window(text=text, as_of=as_of, since=since, earlier=since - days)
