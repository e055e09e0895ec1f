"""
JSONPath as rule files use it: `$.paths[*][get,put]`, `$..properties[?(@.type=='number')]`.

Beside it `^` is the place above and `~` the name of a place. Slices and scripts are refused.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from governance.lint.condition import Condition, parse_condition, truthy
from governance.lint.expression import ExpressionError
from governance.lint.node import Document, Node

_NAME = re.compile(r"[A-Za-z0-9_$@-]+")
_PART = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(-?\d+)|([\w$@-]+))\s*(,|\Z)")
_LONGEST = 1_000


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """`names` None: every place. `turn` is `^` or `~` where the segment leads up or to names."""

    descending: bool = False
    names: tuple[str | int, ...] | None = None
    condition: Any = None
    turn: str = ""


class Path(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    segments: tuple[Segment, ...]


def parse_path(text: str) -> Path:
    """Return *text* as a path; raise `ExpressionError` saying where it cannot be read."""
    if not text.startswith("$") or len(text) > _LONGEST:
        raise ExpressionError(f"{text[:80]!r} is no path; it begins with $, such as $.info")
    segments, position = [], 1
    while position < len(text):
        segment, position = _segment(text, position)
        segments.append(segment)
    return Path(text=text, segments=tuple(segments))


def places(path: Path, document: Document, *, resolved: bool = True) -> Iterable[Node]:
    """Return where *path* leads in *document*; *resolved* follows references on the way."""
    found: Iterable[Node] = [document.root]
    for segment in path.segments:
        found = _led(segment, document, found, resolved=resolved)
    return found


def _segment(text: str, position: int) -> tuple[Segment, int]:
    if text[position] in "^~":
        return Segment(turn=text[position]), position + 1
    descending = text.startswith("..", position)
    position += 2 if descending else text[position] == "."
    if text.startswith("*", position):
        return Segment(descending=descending), position + 1
    if text.startswith("[", position):
        end = _closing(text, position)
        return _bracket(text[position + 1 : end], descending=descending), end + 1
    name = _NAME.match(text, position)
    if name is None or text[position - 1] != ".":
        raise ExpressionError(f"the path {text} cannot be read from {text[position:]!r} on")
    return Segment(descending=descending, names=(name[0],)), name.end()


def _closing(text: str, position: int) -> int:
    """Return where the bracket at *position* ends; brackets in quotes and patterns do not count."""
    depth, quote = 0, ""
    for at in range(position, len(text)):
        sign = text[at]
        if quote:
            quote = "" if sign == quote and text[at - 1] != "\\" else quote
        elif sign in "'\"" or (sign == "/" and text[at - 1] == "("):
            quote = sign
        else:
            depth += {"[": 1, "]": -1}.get(sign, 0)
            if not depth:
                return at
    raise ExpressionError(f"a ] is missing in the path {text}")


def _bracket(inside: str, *, descending: bool) -> Segment:
    inside = inside.strip()
    if inside == "*":
        return Segment(descending=descending)
    if inside.startswith("?"):
        return Segment(descending=descending, condition=parse_condition(inside[1:]))
    names: list[str | int] = []
    position = 0
    while position < len(inside):
        part = _PART.match(inside, position)
        if part is None:
            raise ExpressionError(f"[{inside}] is no list of names; slices are not known")
        one, other, number, bare = part.groups()[:4]
        names.append(int(number) if number else one or other or bare)
        position = part.end()
    if not names:
        raise ExpressionError("[] names nothing; write [*] for everything")
    return Segment(descending=descending, names=tuple(names))


def _led(
    segment: Segment, document: Document, nodes: Iterable[Node], *, resolved: bool
) -> Iterator[Node]:
    for node in nodes:
        if segment.turn == "^":
            if node.parent is not None:
                yield node.parent
        elif segment.turn:
            yield Node(node.key, node.parent, node.key, name=True)
        elif segment.descending:
            yield from _deep(segment, document, node)
        else:
            start = document.followed(node) if resolved else node
            yield from _chosen(segment, document, start)


def _deep(segment: Segment, document: Document, node: Node) -> Iterator[Node]:
    if node is document.root and segment.condition is None:
        names = segment.names
        found = (
            document.everything[1:]
            if names is None
            else [one for name in names for one in document.by_key.get(name, ())]
        )
        document.step(len(found))
        yield from found
        return
    for one in document.everything if node is document.root else document.below(node):
        yield from _chosen(segment, document, one)


def _chosen(segment: Segment, document: Document, node: Node) -> Iterator[Node]:
    if segment.names is not None:
        document.step(len(segment.names))
        yield from (found for name in segment.names if (found := _named(node, name)) is not None)
        return
    condition: Condition | None = segment.condition
    for child in node.children():
        document.step()
        if condition is None or truthy(condition(child)):
            yield child


def _named(node: Node, name: str | int) -> Node | None:
    if isinstance(name, int) and isinstance(node.value, dict):
        name = str(name)
    if isinstance(name, str) and name.isdecimal() and isinstance(node.value, list):
        name = int(name)
    return node.child(name)
