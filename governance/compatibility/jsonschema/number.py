"""Numbers: ranges, open or closed, and steps."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from governance.compatibility.jsonschema.bound import largest, smallest
from governance.compatibility.jsonschema.difference import Difference
from governance.compatibility.jsonschema.view import Said, View


class Edge(NamedTuple):
    """The end of a range: `open` when the number itself lies outside."""

    value: Any
    open: bool
    keyword: str
    at: str

    @property
    def name(self) -> str:
        return {
            "minimum": "MINIMUM",
            "maximum": "MAXIMUM",
            "exclusiveMinimum": "EXCLUSIVE_MINIMUM",
            "exclusiveMaximum": "EXCLUSIVE_MAXIMUM",
        }[self.keyword]


def number_differences(old: View, new: View, *, whole: bool) -> Iterator[Difference]:
    """Compare ranges and steps; *whole*: the older schema lets in whole numbers only."""
    yield from _edge_differences(low(old), low(new), ("INCREASED", "DECREASED"), -1, whole=whole)
    yield from _edge_differences(high(old), high(new), ("DECREASED", "INCREASED"), 1, whole=whole)
    yield from _step_differences(old, new, whole=whole)


def low(view: View) -> Edge | None:
    """Return the lower end of the range, None when there is none."""
    edges = _edges(view, "minimum", "exclusiveMinimum", largest(view, "exclusiveMinimum"))
    return max(edges, key=lambda edge: (edge.value, edge.open), default=None)


def high(view: View) -> Edge | None:
    """Return the upper end of the range, None when there is none."""
    edges = _edges(view, "maximum", "exclusiveMaximum", smallest(view, "exclusiveMaximum"))
    return min(edges, key=lambda edge: (edge.value, not edge.open), default=None)


def _edges(view: View, plain: str, exclusive: str, strictest: Said | None) -> list[Edge]:
    """In draft-04 `exclusiveMinimum` is a boolean that opens the `minimum` beside it."""
    found = []
    for at, schema in view.conjuncts:
        value = schema.get(plain)
        if isinstance(value, int | float) and not isinstance(value, bool):
            opened = schema.get(exclusive) is True
            keyword = exclusive if opened else plain
            found.append(Edge(value, opened, keyword, f"{at}/{plain}"))
    if strictest is not None:
        found.append(Edge(strictest.value, True, exclusive, strictest.at))  # noqa: FBT003 (open)
    return found


def within(inner: Edge | None, outer: Edge | None, sign: int, *, whole: bool) -> bool:
    """Whether *inner* is at least as strict an end as *outer*; *sign* 1: the upper end."""
    if outer is None:
        return True
    if inner is None:
        return False
    a, b = _closed(inner, sign, whole=whole), _closed(outer, sign, whole=whole)
    if a.value == b.value:
        return a.open or not b.open
    return bool((a.value < b.value) == (sign > 0))


def _closed(edge: Edge, sign: int, *, whole: bool) -> Edge:
    """Among whole numbers `> 2` is `>= 3`."""
    if not whole or not math.isfinite(edge.value):
        return edge
    value = math.floor(edge.value) if sign > 0 else math.ceil(edge.value)
    if edge.open and value == edge.value:
        value -= sign
    return edge._replace(value=value, open=False)


def _edge_differences(
    old: Edge | None, new: Edge | None, words: tuple[str, str], sign: int, *, whole: bool
) -> Iterator[Difference]:
    tighter, looser = words
    if new is None:
        if old is not None:
            yield Difference(f"{old.name}_REMOVED", old.at, None, old.value)
    elif not within(old, new, sign, whole=whole):
        word = tighter if old is not None and old.keyword == new.keyword else "ADDED"
        before = old.value if old is not None else None
        yield Difference(f"{new.name}_{word}", old.at if old else "", new.at, before, new.value)
    elif old is not None and (old.value, old.open) != (new.value, new.open):
        word = looser if old.keyword == new.keyword else "REMOVED"
        yield Difference(f"{old.name}_{word}", old.at, new.at, old.value, new.value)


def _step_differences(old: View, new: View, *, whole: bool) -> Iterator[Difference]:
    before, after = _steps(old), _steps(new)
    if before and not after:
        yield Difference("MULTIPLE_OF_REMOVED", before[0].at, None, before[0].value)
    for step in after:
        granted = [*before, *([Said(1, "")] if whole else [])]
        if any(_divides(step.value, one.value) for one in granted):
            if before and step.value != before[0].value:
                yield Difference(
                    "MULTIPLE_OF_REDUCED", before[0].at, step.at, before[0].value, step.value
                )
        elif not before:
            yield Difference("MULTIPLE_OF_ADDED", "", step.at, None, step.value)
        else:
            expanded = _divides(before[0].value, step.value)
            yield Difference(
                "MULTIPLE_OF_EXPANDED" if expanded else "MULTIPLE_OF_CHANGED",
                before[0].at,
                step.at,
                before[0].value,
                step.value,
            )


def _steps(view: View) -> list[Said]:
    return [
        said
        for said in view.said("multipleOf")
        if isinstance(said.value, int | float)
        and not isinstance(said.value, bool)
        and math.isfinite(said.value)
        and said.value > 0
    ]


def _divides(part: float, whole: float) -> bool:
    return Fraction(repr(whole)) % Fraction(repr(part)) == 0
