"""What a request says happened, read but not yet judged."""

import re
from functools import lru_cache
from typing import NamedTuple

from observability.event import ProcessEvent

_MAJOR = re.compile(r"\.v(\d{1,9})\Z")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?\Z")


class Candidate(NamedTuple):
    """
    An event with what its contract is found by.

    `open` events may have no published contract; a CloudEvent must have one.
    """

    event: ProcessEvent
    major: int | None
    dataschema: str | None
    open: bool


@lru_cache(maxsize=4096)
def split_type(type_: str) -> tuple[str, int | None]:
    """`ps.timesheet.approved.v2` → (`ps.timesheet.approved`, 2)."""
    found = _MAJOR.search(type_)
    if found is None or found.start() == 0:
        return type_, None
    return type_[: found.start()], int(found[1])


def trace_of(traceparent: str | None) -> tuple[str | None, str | None]:
    """Return (trace id, span id) of a W3C traceparent; (None, None) when it is malformed."""
    found = _TRACEPARENT.match(traceparent) if traceparent else None
    if found is None or not found[1].strip("0") or not found[2].strip("0"):
        return None, None
    return found[1], found[2]
