"""
What an order of work expects of each activity of a case.

The written order is cut to what applies to the case, then read once: what must have come
before, what may not come after, what may be done again, and between what there is a choice.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import Any, Literal

import msgspec

from observability.model.order import Block, Branch, Step, listed

Kind = Literal["step", "sequence", "choice", "parallel", "optional", "repeat", "each"]
Clause = frozenset[str]
"""Activities of which at least one must have come."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A block as it is judged. `again` belongs to a repeat, `type` to an each."""

    kind: Kind
    activity: str = ""
    parts: tuple["Node", ...] = ()
    again: frozenset[str] = frozenset()
    type: str = ""

    @property
    def activities(self) -> frozenset[str]:
        """Every activity in it."""
        return frozenset(_activities(self))


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is expected of one activity, within the case or, in an `each`, within one object.

    Of every clause of `needs` one activity came before; nothing of `earlier` comes after. The
    same holds of the case around an object with `around` and `earlier_around`.
    """

    each: str = ""
    needs: tuple[Clause, ...] = ()
    around: tuple[Clause, ...] = ()
    earlier: frozenset[str] = frozenset()
    earlier_around: frozenset[str] = frozenset()
    repeats: bool = False
    again: frozenset[str] = frozenset()


class Alternatives(msgspec.Struct, frozen=True, kw_only=True):
    """Branches of which the case, or each object of a type, takes one."""

    each: str
    branches: tuple[frozenset[str], ...]


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """The whole order of a case: what is expected of activities, choices, and what must come."""

    root: Node
    expected: dict[str, Expected] = {}
    alternatives: tuple[Alternatives, ...] = ()
    each: tuple[Node, ...] = ()


def ordered(steps: tuple[Step, ...], attributes: Mapping[str, Any]) -> Ordered:
    """Return the order that a case with these *attributes* is expected to keep."""
    return _ordered(_sequence(steps, attributes))


@lru_cache(maxsize=1024)
def _ordered(root: Node) -> Ordered:
    found = _Reading()
    found.walk(root, Expected())
    return Ordered(
        root=root,
        expected=found.expected,
        alternatives=tuple(found.alternatives),
        each=tuple(found.each),
    )


class _Reading:
    """Walks an order and notes what it asks of each activity."""

    def __init__(self) -> None:
        self.expected: dict[str, Expected] = {}
        self.alternatives: list[Alternatives] = []
        self.each: list[Node] = []

    def walk(self, node: Node, so_far: Expected) -> None:
        if node.kind == "step":
            self.expected[node.activity] = so_far
        elif node.kind == "sequence":
            self._in_turn(node, so_far)
        elif node.kind == "repeat":
            self._repeated(node, so_far)
        elif node.kind == "each":
            self.each.append(node)
            inner = Expected(
                each=node.type,
                around=so_far.needs,
                earlier_around=so_far.earlier,
                repeats=so_far.repeats,
            )
            self.walk(node.parts[0], inner)
        else:
            if node.kind == "choice" and not so_far.repeats:
                branches = tuple(one.activities for one in node.parts)
                self.alternatives.append(Alternatives(each=so_far.each, branches=branches))
            for one in node.parts:
                self.walk(one, so_far)

    def _in_turn(self, node: Node, so_far: Expected) -> None:
        for one in node.parts:
            self.walk(one, so_far)
            so_far = _after(so_far, one)

    def _repeated(self, node: Node, so_far: Expected) -> None:
        body = node.parts[0]
        inner = msgspec.structs.replace(so_far, repeats=True, again=node.again)
        self.walk(body, inner)
        for name in node.again:
            self.expected[name] = msgspec.structs.replace(
                so_far, needs=(*so_far.needs, *done(body)), repeats=True
            )


def _after(so_far: Expected, one: Node) -> Expected:
    """Return what is expected of the steps after *one*; in a repeat nothing is ever too late."""
    earlier = so_far.earlier if so_far.repeats else so_far.earlier | _of_scope(one)
    needs = (*so_far.needs, *done(one))
    return msgspec.structs.replace(so_far, needs=needs, earlier=earlier)


def _of_scope(node: Node) -> frozenset[str]:
    """Return the activities of *node* that are the case's own, not of each object."""
    if node.kind == "each":
        return frozenset()
    if node.kind == "step":
        return frozenset({node.activity})
    return node.again.union(*map(_of_scope, node.parts))


@lru_cache(maxsize=4096)
def done(node: Node) -> tuple[Clause, ...]:
    """Return the clauses that hold once *node* is done."""
    if node.kind == "step":
        return (frozenset({node.activity}),)
    if node.kind in {"optional", "each"}:
        return ()
    if node.kind == "choice":
        picks = product(*map(done, node.parts))
        return tuple(dict.fromkeys(frozenset().union(*pick) for pick in picks))
    return tuple(clause for one in node.parts for clause in done(one))


def _activities(node: Node) -> Iterator[str]:
    if node.kind == "step":
        yield node.activity
    yield from node.again
    for one in node.parts:
        yield from _activities(one)


def _sequence(steps: Iterable[Branch], attributes: Mapping[str, Any]) -> Node:
    parts = tuple(node for one in steps if (node := _node(one, attributes)) is not None)
    return parts[0] if len(parts) == 1 else Node(kind="sequence", parts=parts)


def _node(step: Branch, attributes: Mapping[str, Any]) -> Node | None:
    """Return what *step* asks of a case with *attributes*; None where it asks nothing."""
    if isinstance(step, str):
        return Node(kind="step", activity=step)
    if isinstance(step, tuple):
        return _sequence(step, attributes)
    if not _taken(step.when, attributes):
        return None
    if step.choice or step.parallel:
        return _several(step, attributes)
    if not (step.optional or step.repeat or step.each):
        return _sequence(listed(step.do), attributes)
    return _single(step, attributes)


def _single(step: Block, attributes: Mapping[str, Any]) -> Node:
    body = (_sequence(listed(step.optional or step.repeat or step.do), attributes),)
    if step.optional:
        return Node(kind="optional", parts=body)
    if step.repeat:
        return Node(kind="repeat", parts=body, again=frozenset(step.again))
    return Node(kind="each", parts=body, type=step.each or "")


def _several(step: Block, attributes: Mapping[str, Any]) -> Node | None:
    kind: Kind = "choice" if step.choice else "parallel"
    written = step.choice or step.parallel
    parts = tuple(node for one in written if (node := _node(one, attributes)) is not None)
    return Node(kind=kind, parts=parts) if parts else None


def _taken(when: Mapping[str, Any], attributes: Mapping[str, Any]) -> bool:
    return all(
        attributes.get(name) in (wanted if isinstance(wanted, tuple) else (wanted,))
        for name, wanted in when.items()
    )
