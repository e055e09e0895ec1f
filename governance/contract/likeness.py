"""
Contracts of different subjects that say nearly the same: their fields overlap.

What is compared are the names of properties, without case and separators; how often they
stand and how deep is not looked at.
"""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

MAX_FIELDS = 500
LEAST_SHARED = 3
LEAST = 0.6


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """`likeness` is the share of the fields of both that both have."""

    subject: str
    owner: str
    likeness: float
    shared: tuple[str, ...]


def fields_of(document: Any) -> frozenset[str]:
    """Return the names of the properties that *document* declares, at most `MAX_FIELDS`."""
    names: set[str] = set()
    left = [document]
    while left and len(names) < MAX_FIELDS:
        one = left.pop()
        if isinstance(one, dict):
            declared = one.get("properties")
            if isinstance(declared, dict):
                names.update(_plain(name) for name in declared)
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)
    return frozenset(sorted(names)[:MAX_FIELDS])


def alike(
    fields: Collection[str], others: Mapping[tuple[str, str], Collection[str]]
) -> list[Alike]:
    """Return those of *others*, by (subject, owner), that are nearly *fields*, nearest first."""
    found = []
    mine = frozenset(fields)
    for (subject, owner), theirs in others.items():
        shared = mine.intersection(theirs)
        likeness = len(shared) / len(mine.union(theirs)) if mine else 0.0
        if len(shared) >= LEAST_SHARED and likeness >= LEAST:
            one = Alike(
                subject=subject,
                owner=owner,
                likeness=round(likeness, 2),
                shared=tuple(sorted(shared)),
            )
            found.append(one)
    return sorted(found, key=lambda one: (-one.likeness, one.subject))


def _plain(name: object) -> str:
    return str(name).lower().replace("_", "").replace("-", "")[:200]
