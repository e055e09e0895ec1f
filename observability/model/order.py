"""
The order of work as business people write it: a list of steps, one after the other.

A step is an activity or a block of one of six kinds: one of several (`choice`), several in any
order (`parallel`), what may be left out (`optional`), what may be done more than once
(`repeat`, anew only after one of `again` when that is given), what every object of a type goes
through on its own (`each` with `do`), and what only some cases go through (`when` with `do`).
"""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

import msgspec

Scalar = str | int | bool


class Block(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One block as it is written; a list within it is a sequence."""

    do: "str | Block | tuple[str | Block, ...]" = ()
    choice: "tuple[str | Block | tuple[str | Block, ...], ...]" = ()
    parallel: "tuple[str | Block | tuple[str | Block, ...], ...]" = ()
    optional: "str | Block | tuple[str | Block, ...]" = ()
    repeat: "str | Block | tuple[str | Block, ...]" = ()
    again: tuple[str, ...] = ()
    each: str | None = None
    when: dict[str, Scalar | tuple[Scalar, ...]] = {}


Step = str | Block
Branch = str | Block | tuple[Step, ...]


def named(steps: Iterable[Step]) -> Iterator[tuple[str, str]]:
    """Yield (activity, JSON Pointer into the order) for every place where one is written."""
    for place, step in enumerate(steps):
        yield from _named(step, f"/{place}")


def blocks(steps: Iterable[Step]) -> Iterator[tuple[Block, str]]:
    """Yield every block and its JSON Pointer into the order."""
    for place, step in enumerate(steps):
        yield from _blocks(step, f"/{place}")


def kinds(block: Block) -> list[str]:
    """Return which kinds *block* is written as: it is to be one."""
    told = ("choice", "parallel", "optional", "repeat", "each", "when")
    return [name for name in told if getattr(block, name)]


def listed(written: Branch) -> tuple[Step, ...]:
    """Return what is *written* as a list: one step is a list of one."""
    return written if isinstance(written, tuple) else (written,)


def _named(step: Branch, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(step, str):
        yield step, pointer
    elif isinstance(step, tuple):
        for place, one in enumerate(step):
            yield from _named(one, f"{pointer}/{place}")
    else:
        for name in ("do", "optional", "repeat"):
            yield from _named(getattr(step, name), f"{pointer}/{name}")
        for name in ("choice", "parallel"):
            for place, one in enumerate(getattr(step, name)):
                yield from _named(one, f"{pointer}/{name}/{place}")
        for place, name in enumerate(step.again):
            yield name, f"{pointer}/again/{place}"


def _blocks(step: Branch, pointer: str) -> Iterator[tuple[Block, str]]:
    if isinstance(step, tuple):
        for place, one in enumerate(step):
            yield from _blocks(one, f"{pointer}/{place}")
    elif isinstance(step, Block):
        yield step, pointer
        for name in ("do", "optional", "repeat"):
            yield from _blocks(getattr(step, name), f"{pointer}/{name}")
        for name in ("choice", "parallel"):
            for place, one in enumerate(getattr(step, name)):
                yield from _blocks(one, f"{pointer}/{name}/{place}")


class _Ends(NamedTuple):
    """The activities that a part of the order begins and ends with; `left_out`: it may not come."""

    first: frozenset[str]
    last: frozenset[str]
    left_out: bool


_NOTHING = _Ends(frozenset(), frozenset(), left_out=True)


def successions(steps: tuple[Step, ...]) -> set[tuple[str, str]]:
    """Return (activity, next one) of every two that the order lets come one after the other."""
    found: set[tuple[str, str]] = set()
    _ends(steps, found)
    return found


def _ends(part: Branch, found: set[tuple[str, str]]) -> _Ends:
    """Return what *part* begins and ends with; what follows on what within it goes to *found*."""
    if isinstance(part, str):
        return _Ends(frozenset({part}), frozenset({part}), left_out=False)
    if isinstance(part, tuple):
        return _in_turn((_ends(one, found) for one in part), found)
    branches = part.choice or part.parallel or (part.do or part.optional or part.repeat,)
    ends = [_ends(one, found) for one in branches]
    first = frozenset[str]().union(*(one.first for one in ends))
    last = frozenset[str]().union(*(one.last for one in ends))
    if part.repeat:
        begun = frozenset(part.again) or first
        found.update(product(last, begun))
        found.update(product(part.again, first))
    may = bool(part.optional or part.each or part.when)
    left_out = (all if part.parallel else any)(one.left_out for one in ends)
    return _Ends(first, last, left_out=may or left_out)


def _in_turn(parts: Iterable[_Ends], found: set[tuple[str, str]]) -> _Ends:
    whole = _NOTHING
    for one in parts:
        found.update(product(whole.last, one.first))
        whole = _Ends(
            whole.first | one.first if whole.left_out else whole.first,
            whole.last | one.last if one.left_out else one.last,
            left_out=whole.left_out and one.left_out,
        )
    return whole
