"""
The order of work as business people write it: a list of steps, one after the other.

A step is an activity or a block of one of six kinds: one of several (`choice`), several in any
order (`parallel`), what may be left out (`optional`), what may be done more than once
(`repeat`, anew only after one of `again` when that is given), what every object of a type goes
through on its own (`each` with `do`), and what only some cases go through (`when` with `do`).
"""

from collections.abc import Iterable, Iterator

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
