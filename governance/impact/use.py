"""
Whether a change touches what somebody uses: an operation, a field, or a field of an operation.

`GET /orders`, `GET /orders total`, `amount.currency`. Who said nothing uses all of it.
"""

from collections.abc import Iterable, Sequence

from governance.impact.change import WHOLE, Change


def touching(changes: Iterable[Change], uses: Sequence[str]) -> list[Change]:
    """Return those of *changes* that touch any of *uses*; every one where nothing is said."""
    felt = (one for one in changes if one.felt)
    return [one for one in felt if not uses or any(touches(one, use) for use in uses)]


def touches(change: Change, use: str) -> bool:
    """Whether *change* is of what *use* names, of a part of it, or of what it is a part of."""
    if not change.operation:
        return change.field == WHOLE or overlap(change.field, use.rpartition(" ")[2])
    if use == change.operation:
        return True
    if " " not in change.operation:
        return False  # another procedure
    below = use.removeprefix(f"{change.operation} ")
    if below == use and (" " in use or "/" in use):
        return False  # another operation
    return change.field == WHOLE or overlap(change.field, below)


def overlap(one: str, other: str) -> bool:
    """Whether one path is the other, or leads to a part of it."""
    shorter, longer = sorted((one, other), key=len)
    rest = longer.removeprefix(shorter)
    return longer.startswith(shorter) and rest[:1] in {"", ".", "[", "*"}
