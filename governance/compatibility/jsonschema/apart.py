"""Whether no value can pass two schemas at once."""

from governance.compatibility.jsonschema.bound import largest, smallest
from governance.compatibility.jsonschema.comparing import Comparing
from governance.compatibility.jsonschema.content import ContentModel
from governance.compatibility.jsonschema.enumeration import Values, listed
from governance.compatibility.jsonschema.holding import holds
from governance.compatibility.jsonschema.kind import NUMBERS, kinds
from governance.compatibility.jsonschema.number import Edge, high, low
from governance.compatibility.jsonschema.objects import required
from governance.compatibility.jsonschema.view import Node, View

_DEEPEST = 4
_MANY = 1_000
_WORK = 20


def apart(comparing: Comparing, one: Node, other: Node, depth: int = 0) -> bool:
    """Whether it is certain that nothing passes both; False when it is not known."""
    a, b = comparing.view(one), comparing.view(other)
    shared = kinds(a, one) & kinds(b, other)
    if not shared or _lists_apart(one, a, other, b):
        return True
    if depth >= _DEEPEST or not comparing.spend(_WORK):
        return False
    if a.unions:
        return _branches_apart(comparing, one, a, other, depth)
    if b.unions:
        return _branches_apart(comparing, other, b, one, depth)
    return (
        (shared <= NUMBERS and _ranges_apart(a, b))
        or (shared == {"string"} and _lengths_apart(a, b))
        or (shared == {"object"} and _members_apart(comparing, (one, a), (other, b), depth))
    )


def _branches_apart(comparing: Comparing, one: Node, seen: View, other: Node, depth: int) -> bool:
    union = seen.unions[0]
    return all(
        apart(comparing, one._replace(chosen=(*one.chosen, (union.at, branch))), other, depth + 1)
        for branch in union.branches
    )


def _lists_apart(one: Node, a: View, other: Node, b: View) -> bool:
    return _refused(listed(a), other, b) or _refused(listed(b), one, a)


def _refused(values: Values | None, node: Node, seen: View) -> bool:
    if values is None or len(values) > _MANY:
        return False
    return all(holds(value, seen, node) is False for value in values.values())


def _ranges_apart(a: View, b: View) -> bool:
    return _beyond(low(a), high(b)) or _beyond(low(b), high(a))


def _beyond(least: Edge | None, most: Edge | None) -> bool:
    if least is None or most is None:
        return False
    if least.value == most.value:
        return least.open or most.open
    return bool(least.value > most.value)


def _lengths_apart(a: View, b: View) -> bool:
    return any(
        least is not None and most is not None and bool(least.value > most.value)
        for least, most in (
            (largest(a, "minLength"), smallest(b, "maxLength")),
            (largest(b, "minLength"), smallest(a, "maxLength")),
        )
    )


def _members_apart(
    comparing: Comparing, one: tuple[Node, View], other: tuple[Node, View], depth: int
) -> bool:
    """A name that must be there, and on which the two disagree, tells objects apart."""
    mine, theirs = ContentModel(*one), ContentModel(*other)
    return any(
        apart(comparing, mine.of(name, newer=False), theirs.of(name, newer=False), depth + 1)
        for name in {**required(one[1]), **required(other[1])}
    )
