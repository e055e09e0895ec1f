"""An order of work is coherent when each activity has one place in it, and each block one kind."""

from collections.abc import Iterator

from observability.model.flaw import Flaw, known
from observability.model.model import ProcessModel
from observability.model.order import Block, blocks, kinds, listed, named

_AT = "/order"


def order_flaws(model: ProcessModel) -> Iterator[Flaw]:
    """Yield what is wrong with the order of *model*."""
    yield from _steps(model)
    for block, pointer in blocks(model.order):
        yield from _block(model, block, f"{_AT}{pointer}")


def _steps(model: ProcessModel) -> Iterator[Flaw]:
    placed: set[str] = set()
    for activity, pointer in named(model.order):
        yield from known(f"{_AT}{pointer}", "activity", activity, model.by_activity)
        if activity in placed:
            yield Flaw(
                pointer=f"{_AT}{pointer}",
                message=f"{activity!r} has a place in the order already: one step, one place",
            )
        placed.add(activity)
    for place, one in enumerate(model.activities):
        if one.activity in placed and (one.after or one.required or one.repeats):
            yield Flaw(
                pointer=f"/activities/{place}",
                message=f"`order` says when {one.activity!r} comes: "
                "leave out `after`, `required` and `repeats`",
            )


def _block(model: ProcessModel, block: Block, at: str) -> Iterator[Flaw]:
    told = kinds(block)
    if len(told) != 1 or bool(block.do) != (told[0] in {"each", "when"}):
        yield Flaw(
            pointer=at,
            message="a block is one of: choice, parallel, optional, repeat, each with do, "
            "when with do",
        )
        return
    if block.again and not block.repeat:
        yield Flaw(pointer=f"{at}/again", message="only what is repeated is done `again`")
    if block.each is not None:
        yield from known(f"{at}/each", "entity type", block.each, model.entities)
        if any(inner.each for inner, _ in blocks(listed(block.do))):
            yield Flaw(pointer=f"{at}/do", message="an `each` stands in no other `each`")
