"""A limit that was set, moved or lifted, named by which it was."""

from collections.abc import Iterator
from typing import Any

from governance.compatibility.jsonschema.difference import Difference
from governance.compatibility.jsonschema.view import Said, View


def largest(view: View, keyword: str) -> Said | None:
    """Return the strictest of a lower limit that is given several times."""
    return max(_numbers(view, keyword), key=_value, default=None)


def smallest(view: View, keyword: str) -> Said | None:
    """Return the strictest of an upper limit that is given several times."""
    return min(_numbers(view, keyword), key=_value, default=None)


def lower(
    old: Said | None, new: Said | None, name: str, *, least: Any = None
) -> Iterator[Difference]:
    """Compare a lower limit; *least* is what the older schema grants without saying it."""
    if new is None or least is None or least < new.value:
        yield from _moved(old, new, name)


def upper(
    old: Said | None, new: Said | None, name: str, *, most: Any = None
) -> Iterator[Difference]:
    """Compare an upper limit; *most* is what the older schema grants without saying it."""
    if new is None or most is None or most > new.value:
        yield from _moved(old, new, name)


def _moved(old: Said | None, new: Said | None, name: str) -> Iterator[Difference]:
    if new is None:
        if old is not None:
            yield Difference(f"{name}_REMOVED", old.at, None, old.value)
    elif old is None:
        yield Difference(f"{name}_ADDED", "", new.at, None, new.value)
    elif old.value != new.value:
        word = "INCREASED" if new.value > old.value else "DECREASED"
        yield Difference(f"{name}_{word}", old.at, new.at, old.value, new.value)


def _numbers(view: View, keyword: str) -> list[Said]:
    return [
        said
        for said in view.said(keyword)
        if isinstance(said.value, int | float) and not isinstance(said.value, bool)
    ]


def _value(said: Said) -> Any:
    return said.value
