"""Exceptions that no line, cap or case connects may be summed apart."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from governance.exception.share import Whole


class Member(NamedTuple):
    """An exception by its number: whose money it holds, and in which case."""

    number: int
    process: str
    instance: str
    engagement: str | None

    @property
    def held_by(self) -> tuple[str, str]:
        return self.process, self.engagement or self.instance


def families(members: Collection[Member], wholes: Mapping[str, Whole]) -> list[list[Member]]:
    """Return *members* by case, with the parts of the case and all that shares an engagement."""
    case_of: dict[tuple[str, str], str] = {}
    joined: dict[str, str] = {}
    for one in members:
        case = wholes[one.instance].instance if one.instance in wholes else one.instance
        first = _outermost(case_of.setdefault(one.held_by, case), joined)
        if first != (own := _outermost(case, joined)):
            joined[own] = first
    found: dict[str, list[Member]] = defaultdict(list)
    for one in members:
        found[_outermost(case_of[one.held_by], joined)].append(one)
    return list(found.values())


def _outermost(case: str, joined: Mapping[str, str]) -> str:
    while case in joined:
        case = joined[case]
    return case
