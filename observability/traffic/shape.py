"""
What the data of events look like: which fields are told, which are null, which values come.

A field is named by its pointer, with `*` for each item of a list, and counts once an event.
Values are kept of enumerations alone: of anything else they may be somebody's own.
"""

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

MOST_FIELDS = 400
MOST_VALUES = 100
MOST_ITEMS = 50
LONGEST_NAME = 100
DEEPEST = 8
OVERFLOW = ""
"""The pointer under which events are counted that have more fields than are kept."""


class Told(msgspec.Struct, array_like=True):
    """`times` a field was told, of which `null`; `values` of an enumeration."""

    times: int = 0
    null: int = 0
    values: dict[str, int] = {}


Shape = dict[str, Told]


def look(shape: Shape, data: dict[str, Any], enumerated: Collection[str]) -> None:
    """Add to *shape* what *data* looks like; the fields *enumerated* with their values."""
    found: dict[str, bool] = {}
    values: set[tuple[str, str]] = set()
    waiting: list[tuple[str, Any, int]] = [("", data, 1)]
    while waiting:
        at, one, depth = waiting.pop()
        for pointer, value in _below(at, one):
            found[pointer] = value is None or found.get(pointer, False)
            if depth < DEEPEST and isinstance(value, dict | list):
                waiting.append((pointer, value, depth + 1))
            elif pointer in enumerated and isinstance(value, str) and len(value) <= LONGEST_NAME:
                values.add((pointer, value))
    for pointer, null in found.items():
        _add(shape, pointer, null=null)
    for pointer, value in values:
        told = shape.get(pointer)
        if told is not None and (value in told.values or len(told.values) < MOST_VALUES):
            told.values[value] = told.values.get(value, 0) + 1


def merged(shapes: Collection[Shape]) -> Shape:
    whole: Shape = {}
    for shape in shapes:
        for pointer, told in shape.items():
            sum_ = whole.setdefault(pointer, Told())
            sum_.times += told.times
            sum_.null += told.null
            for value, times in told.values.items():
                sum_.values[value] = sum_.values.get(value, 0) + times
    return whole


def _below(at: str, one: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(one, list):
        for value in one[:MOST_ITEMS]:
            yield f"{at}/*", value
        return
    for name, value in one.items():
        token = name.replace("~", "~0").replace("/", "~1") if "/" in name or "~" in name else name
        yield f"{at}/{token[:LONGEST_NAME]}", value


def _add(shape: Shape, pointer: str, *, null: bool) -> None:
    told = shape.get(pointer)
    if told is None:
        name = pointer if len(shape) < MOST_FIELDS else OVERFLOW
        told = shape.setdefault(name, Told())
    told.times += 1
    told.null += null
