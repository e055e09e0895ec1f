"""
`anyOf` and `oneOf`: every case of the older schema has to fit a branch of the newer.

The cases are the branches of one of its own unions, else its types, else its listed
values, else itself. For `oneOf` no case may fit two branches at once.
"""

from collections.abc import Iterator
from typing import NamedTuple

from governance.compatibility.jsonschema.apart import apart
from governance.compatibility.jsonschema.comparing import (
    Comparing,
    Found,
    only_unjudged,
    unjudged,
)
from governance.compatibility.jsonschema.difference import Difference
from governance.compatibility.jsonschema.kind import kinds
from governance.compatibility.jsonschema.view import Node, Union, View

_MANY = 200


class Case(NamedTuple):
    """One part of what the older schema lets in; `branch`: where it stands."""

    node: Node
    branch: str


class Placing(NamedTuple):
    """Cases and the branch of the newer union that each fits; None: it fits none."""

    own: Union | None
    cases: list[Case]
    branches: list[Node]
    fitting: list[int | None]
    found: list[Found]

    @property
    def complete(self) -> bool:
        return all(index is not None for index in self.fitting)


def union_differences(
    comparing: Comparing, old: tuple[Node, View], new: tuple[Node, View]
) -> Iterator[Difference]:
    for union in new[1].unions:
        yield from _union_differences(comparing, old, new[0], union)
    if old[1].unions and not new[1].unions:
        gone = old[1].unions[0]
        branches = old[0].document.at(gone.at)
        yield Difference("COMBINED_TYPE_EXTENDED", gone.at, None, branches, None)


def branch_of(node: Node, union: Union, branch: str) -> Node:
    """Return *node* with one branch of *union* taken."""
    return node._replace(chosen=tuple(sorted({*node.chosen, (union.at, branch)})))


def _union_differences(
    comparing: Comparing, old: tuple[Node, View], new: Node, union: Union
) -> Iterator[Difference]:
    if any(len(one.branches) > _MANY for one in (union, *old[1].unions)):
        if not _same(old, new, union):
            because = f"a combination of more than {_MANY} branches changed"
            yield unjudged(old[0].pointer, union.at, because)
        return
    placing = _best(comparing, old, new, union)
    if not placing.complete:
        yield from _misfits(comparing, placing, union)
        return
    for found in placing.found:
        yield from found
    yield from _named(placing, union)
    if union.kind == "oneOf" and not _exclusive(comparing, placing):
        because = "a value that passed may now pass two branches of oneOf, which is refused"
        yield unjudged(old[0].pointer, union.at, because)


def _same(old: tuple[Node, View], new: Node, union: Union) -> bool:
    """A long union that is written as it was, and refers to nothing, is not walked."""
    written = new.document.at(union.at)
    return "$ref" not in str(written) and any(
        one.kind == union.kind and old[0].document.at(one.at) == written for one in old[1].unions
    )


def _best(comparing: Comparing, old: tuple[Node, View], new: Node, union: Union) -> Placing:
    """Place the cases of each own union, of the same kind first, until all of them fit."""
    first: Placing | None = None
    own = sorted(old[1].unions, key=lambda one: one.kind != union.kind)
    for one in own:
        cases = [Case(branch_of(old[0], one, branch), branch) for branch in one.branches]
        placing = _placed(comparing, one, cases, new, union)
        if placing.complete:
            return placing
        first = first or placing
    whole = _placed(comparing, None, _cases(old), new, union)
    return whole if first is None or whole.complete else first


def _cases(old: tuple[Node, View]) -> list[Case]:
    node, seen = old
    found = kinds(seen, node)
    if node.only or len(found) == 1:
        return [Case(node, node.pointer)]
    types = [*(found - {"integer", "fraction"})]
    types.extend(["number"] if "fraction" in found else ["integer"] if "integer" in found else [])
    return [Case(node._replace(only=one), node.pointer) for one in sorted(types)]


def _placed(
    comparing: Comparing, own: Union | None, cases: list[Case], new: Node, union: Union
) -> Placing:
    branches = [Node(new.document, (at,), new.only, new.chosen) for at in union.branches]
    fitting: list[int | None] = []
    found: list[Found] = []
    for number, case in enumerate(cases):
        index, differences = _place(comparing, case.node, branches, number)
        fitting.append(index)
        found.append(differences)
    return Placing(own, cases, branches, fitting, found)


def _place(
    comparing: Comparing, case: Node, branches: list[Node], number: int
) -> tuple[int | None, Found]:
    """Return the branch that *case* fits, the one at its own number first."""
    nearest: Found | None = None
    for index in sorted(range(len(branches)), key=lambda one: one != number):
        found = comparing.compare(case, branches[index])
        if comparing.all_pass(found):
            return index, found
        if nearest is None or only_unjudged(found, comparing.policy):
            nearest = found
    return None, nearest or ()


def _misfits(comparing: Comparing, placing: Placing, union: Union) -> Iterator[Difference]:
    own = placing.own
    for case, index, found in zip(placing.cases, placing.fitting, placing.found, strict=True):
        if index is not None:
            continue
        if only_unjudged(found, comparing.policy):
            yield from found
            continue
        if own is None:
            rule = "COMBINED_TYPE_CHANGED"
        elif len(union.branches) < len(own.branches):
            rule = "SUM_TYPE_NARROWED"
        else:
            rule = "COMBINED_TYPE_SUBSCHEMAS_CHANGED"
        because = (
            f"what {case.branch or 'the schema'} allowed fits no branch of {union.at} for sure"
        )
        yield Difference(
            rule, case.branch, union.at, case.node.document.at(case.branch), None, because
        )


def _named(placing: Placing, union: Union) -> Iterator[Difference]:
    own = placing.own
    size = len(own.branches) if own is not None else 1
    where = own.at if own is not None else placing.cases[0].branch
    if own is not None and own.kind != union.kind:
        yield Difference("COMBINED_TYPE_EXTENDED", own.at, union.at, own.kind, union.kind)
    if len(union.branches) > size:
        yield Difference("SUM_TYPE_EXTENDED", where, union.at, size, len(union.branches))


def _exclusive(comparing: Comparing, placing: Placing) -> bool:
    """Whether no case can pass a second branch."""
    return all(
        index == fits or _kept_out(comparing, placing, number, index)
        for number, fits in enumerate(placing.fitting)
        for index in range(len(placing.branches))
    )


def _kept_out(comparing: Comparing, placing: Placing, number: int, index: int) -> bool:
    """A branch that only repeats what another branch of the older `oneOf` held is kept out."""
    case, branch = placing.cases[number], placing.branches[index]
    if apart(comparing, case.node, branch):
        return True
    if placing.own is None or placing.own.kind != "oneOf":
        return False
    return any(
        other != number and fits == index and comparing.fits(branch, _alone(placing.cases[other]))
        for other, fits in enumerate(placing.fitting)
    )


def _alone(case: Case) -> Node:
    return Node(case.node.document, (case.branch,))
