"""
Promises of the cases of one part alone, such as a practice: what a KPI reads of them.

They are those of `observability.rollup.clock_measures`, less what only the health of a process
tells: amounts, and which clock of a case is the first.
"""

from collections.abc import Mapping, Sequence

from observability.rollup.contribution import Contribution, Kept

PARTS = "parts"
"""The measure of every part of which anything is kept alone, over all time."""
_IN = "-in:"
_TOLD_BY = 2
"""The objective, and how it ended; or, of what waits, the stage of the case."""


def in_part(measure: str, part: str) -> str:
    """Return the name of *measure* as it is kept of one part alone, such as `practice=Tax`."""
    return f"{measure}{_IN}{part}"


def whole_of(name: str) -> str | None:
    """Return the measure of which *name* is kept of one part; None for what is of no part."""
    measure, found, _ = name.partition(_IN)
    return measure if found else None


def promised(parts: Sequence[str], own: Mapping[str, Sequence[Contribution]]) -> Kept:
    """Return what a case of *parts* contributes to each of them, of what it does to the whole."""
    told = {
        name: [one._replace(of=one.of[:_TOLD_BY], amount=None) for one in those]
        for name, those in own.items()
    }
    found: Kept = {PARTS: [Contribution((part,)) for part in parts]} if parts and told else {}
    for part in parts:
        found |= {in_part(name, part): those for name, those in told.items()}
    return found
