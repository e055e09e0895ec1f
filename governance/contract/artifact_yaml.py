"""
YAML read in one pass, as plain JSON data: keys are text, dates stay text.

The parser's events are taken as they come, so that nothing is composed which the bounds
refuse: it would follow levels to the end of the stack, and aliases to the end of memory.
"""

from collections.abc import Callable
from functools import lru_cache
from math import isfinite
from typing import Any

import yaml

from governance.contract.artifact_error import ArtifactError, escape

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Any = yaml.resolver.Resolver()
_CONSTRUCTOR: Any = yaml.constructor.SafeConstructor()
_PLAIN = frozenset({"null", "bool", "int", "float"})


def read_yaml(text: str, *, most_levels: int, most_values: int) -> tuple[Any, dict[str, int]]:
    """Return the data of *text* and the line of each JSON Pointer; raise `ArtifactError`."""
    building = _Building(most_levels, most_values)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            building.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        message = f"not YAML: {error.problem}"
        raise ArtifactError(message, line=mark.line + 1 if mark else 0) from error
    except yaml.YAMLError as error:
        raise ArtifactError(f"not YAML: {error}") from error
    if not building.lines:
        raise ArtifactError("the document is empty")
    return building.root[0], building.lines


class _Open:
    """A mapping or a sequence whose end has not come; `key`: the one whose value comes next."""

    __slots__ = ("container", "key", "pointer")

    def __init__(self, container: Any, pointer: str) -> None:
        self.container, self.pointer = container, pointer
        self.key: str | None = None


class _Building:
    def __init__(self, most_levels: int, most_values: int) -> None:
        self._most_levels, self._most_values = most_levels, most_values
        self.root: list[Any] = []
        self.lines: dict[str, int] = {}
        self._open = [_Open(self.root, "")]
        self._documents = 0
        self._takes: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: lambda event: self._start({}, event),
            yaml.SequenceStartEvent: lambda event: self._start([], event),
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def take(self, event: Any) -> None:
        known = self._takes.get(type(event))
        if known is not None:
            known(event)

    def _scalar(self, event: Any) -> None:
        around = self._open[-1]
        if type(around.container) is dict and around.key is None:
            self._name(around, event)
        else:
            self._put(_value(event), event)

    def _name(self, around: _Open, event: Any) -> None:
        if event.value in around.container:
            line = event.start_mark.line + 1
            raise ArtifactError(f"the key {event.value!r} stands twice", line=line)
        around.key = event.value
        self.lines[f"{around.pointer}/{escape(event.value)}"] = event.start_mark.line + 1

    def _put(self, value: Any, event: Any) -> str:
        """Add *value* to what is open, and return its pointer."""
        around = self._open[-1]
        if type(around.container) is dict:
            if around.key is None:
                raise ArtifactError("a key must be text", line=event.start_mark.line + 1)
            pointer = f"{around.pointer}/{escape(around.key)}"
            around.container[around.key] = value
            around.key = None
        else:
            at_root = around.container is self.root
            pointer = "" if at_root else f"{around.pointer}/{len(around.container)}"
            around.container.append(value)
            self.lines[pointer] = event.start_mark.line + 1
        if len(self.lines) > self._most_values:
            raise ArtifactError(f"more than {self._most_values:,} values")
        return pointer

    def _start(self, container: Any, event: Any) -> None:
        pointer = self._put(container, event)
        self._open.append(_Open(container, pointer))
        if len(self._open) > self._most_levels + 1:
            line = event.start_mark.line + 1
            raise ArtifactError(f"nested deeper than {self._most_levels} levels", line=line)

    def _end(self, _: Any) -> None:
        self._open.pop()

    def _alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        raise ArtifactError("aliases are not allowed; write the value out", line=line)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            line = event.start_mark.line + 1
            raise ArtifactError("not YAML: a second document begins", line=line)


def _value(event: Any) -> Any:
    if event.tag is not None:
        return _tagged(event.tag, event.value)
    return _plain(event.value) if event.implicit[0] else event.value


@lru_cache(maxsize=10_000)
def _plain(text: str) -> Any:
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))
    return _tagged(tag, text)


def _tagged(tag: str, text: str) -> Any:
    """Return *text* as what *tag* says, of the kinds that JSON has; other tags mean nothing."""
    if tag.rpartition(":")[2] not in _PLAIN:
        return text
    try:
        value = _CONSTRUCTOR.yaml_constructors[tag](_CONSTRUCTOR, yaml.ScalarNode(tag, text))
    except (ValueError, KeyError):
        return text
    return text if isinstance(value, float) and not isfinite(value) else value
