"""
A line that several processes hold up is one line.

A timesheet that stands still in its own process stands still in the engagement that it is part
of. It counts in the whole where the whole holds it up too, else in the first of the parts, at
the most that any of them holds up of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from rules.money import Money

Figure = Literal["blocked", "exposure"]


class StoredStake(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of an exception that say what is at stake."""

    id: str
    instance: str
    engagement: str | None
    line: str
    type: str
    blocked: Money | None
    exposure: Money | None
    remaining: Money | None
    delayed_since: datetime | None
    resolved_at: datetime | None
    changed_at: datetime


def distinct(stakes: Iterable[StoredStake], wholes: Mapping[str, str]) -> list[StoredStake]:
    """
    Return *stakes* with each line of a case and its parts held up once.

    *wholes* leads from the part of a case to the case.
    """
    found = {one.id: one for one in stakes}
    for figure in ("blocked", "exposure"):
        _count_once(found, wholes, figure)
    return list(found.values())


def _count_once(found: dict[str, StoredStake], wholes: Mapping[str, str], figure: Figure) -> None:
    lines: dict[tuple[str, str, str], list[StoredStake]] = defaultdict(list)
    for one in found.values():
        held: Money | None = getattr(one, figure)
        if held is not None:
            lines[wholes.get(one.instance, one.instance), one.line, held.currency].append(one)
    for (whole, _, _), those in lines.items():
        instances = {one.instance for one in those}
        if len(instances) > 1:
            there = whole if whole in instances else min(instances)
            most: Money = max(getattr(one, figure) for one in those)
            for one in those:
                counts = one.instance == there
                found[one.id] = replace(one, **{figure: most if counts else None})
