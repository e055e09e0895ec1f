"""
Paths and the operations on them, older and newer side by side.

A path whose parameters were only renamed is the same path: `/orders/{id}` and
`/orders/{order}` are answered by the same server.
"""

import re
from collections.abc import Iterator

import msgspec

from governance.compatibility.openapi.document import Document, Placed, mapping

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PARAMETER = re.compile(r"\{([^{}]*)\}")


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """`item`: the path's own object, whose parameters every operation of it has."""

    label: str
    item: Placed
    placed: Placed


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """An operation of either version, or of both; `renamed`: path parameters, old to new."""

    label: str
    old: Operation | None = None
    new: Operation | None = None
    renamed: dict[str, str] = {}
    path_gone: bool = False
    path_new: bool = False


def meetings(old: Document, new: Document, *keys: str, prefix: str = "") -> Iterator[Met]:
    """Yield every operation under *keys* of both documents, older ones first."""
    before, after = old.entries(old.below(*keys)), new.entries(new.below(*keys))
    matches = _matched(before, after)
    for path, item in before.items():
        found = matches.get(path)
        other = after[found] if found is not None else None
        renamed = _renamed(path, found) if found is not None else {}
        for method in _methods(item, other):
            yield Met(
                label=f"{method.upper()} {prefix}{path if found is None else found}",
                old=_operation(old, item, method),
                new=_operation(new, other, method) if other else None,
                renamed=renamed,
                path_gone=other is None,
            )
    for path, item in after.items():
        if path not in matches.values():
            for method in _methods(item, None):
                label = f"{method.upper()} {prefix}{path}"
                yield Met(label=label, new=_operation(new, item, method), path_new=True)


def _matched(before: dict[str, Placed], after: dict[str, Placed]) -> dict[str, str]:
    found = {path: path for path in before if path in after}
    free = {_shape(path): path for path in after if path not in found}
    for path in before:
        if path not in found and _shape(path) in free:
            found[path] = free.pop(_shape(path))
    return found


def _shape(path: str) -> str:
    return _PARAMETER.sub("{}", path).rstrip("/") or "/"


def _renamed(path: str, other: str) -> dict[str, str]:
    pairs = zip(_PARAMETER.findall(path), _PARAMETER.findall(other), strict=False)
    return {was: now for was, now in pairs if was != now}


def _methods(item: Placed, other: Placed | None) -> list[str]:
    found = [mapping(one.value) for one in (item, other) if one is not None]
    return [method for method in METHODS if any(method in one for one in found)]


def _operation(document: Document, item: Placed, method: str) -> Operation | None:
    placed = document.follow(item.below(method))
    if not isinstance(placed.value, dict):
        return None
    return Operation(label=method, item=item, placed=placed)
