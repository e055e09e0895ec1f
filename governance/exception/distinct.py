"""
A line that several processes hold up is one line.

A timesheet that stands still in its own process stands still in the engagement that it is part
of. It counts in the whole where the whole holds it up too, else in the first of the parts, at
the most that any of them holds up of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from governance.exception.share import Whole
from rules.money import Money

Figure = Literal["blocked", "exposure", "delayed"]


class StoredStake(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of an exception that say what is at stake."""

    id: str
    process: str
    instance: str
    engagement: str | None
    line: str
    type: str
    blocked: Money | None
    exposure: Money | None
    delayed: Money | None
    remaining: Money | None
    delayed_since: datetime | None
    resolved_at: datetime | None
    changed_at: datetime


def distinct(stakes: Iterable[StoredStake], wholes: Mapping[str, Whole]) -> list[StoredStake]:
    """
    Return *stakes* with each line of a case and its parts held up once.

    *wholes* leads from the part of a case to the case.
    """
    found = {one.id: one for one in stakes}
    figures: tuple[Figure, ...] = ("blocked", "exposure", "delayed")
    for figure in figures:
        _count_once(found, wholes, figure)
    return list(found.values())


def _count_once(found: dict[str, StoredStake], wholes: Mapping[str, Whole], figure: Figure) -> None:
    lines: dict[tuple[str, str, str], list[StoredStake]] = defaultdict(list)
    nothing: dict[str, Any] = {figure: None}
    for one in found.values():
        held: Money | None = getattr(one, figure)
        if held is not None:
            whole = wholes[one.instance].instance if one.instance in wholes else one.instance
            lines[whole, one.line, held.currency].append(one)
    for (whole, _, _), those in lines.items():
        instances = {one.instance for one in those}
        if len(instances) > 1:
            there = whole if whole in instances else min(instances)
            counted = _at_most(those, figure)
            for one in those:
                known = counted if one.instance == there else nothing
                found[one.id] = replace(one, **known)


def _at_most(those: Iterable[StoredStake], figure: Figure) -> dict[str, Any]:
    """Return the most that any of *those* holds of their line, and since when the first waits."""
    known: dict[str, Any] = {figure: max(getattr(one, figure) for one in those)}
    since = [one.delayed_since for one in those if one.delayed_since is not None]
    return {**known, "delayed_since": min(since)} if since and figure != "exposure" else known
