"""
An artifact is a JSON or YAML document, read without trust.

At most 1 MiB, 64 levels, 100,000 nodes; no YAML aliases or tags, no duplicate keys, no
NaN; references only into the document itself. Lines are 1-based.
"""

import json
import re
from collections.abc import Iterable
from math import isfinite
from typing import Any, TypeAlias

import msgspec
import yaml

Json: TypeAlias = Any
"""Plain data as a JSON parser gives it."""

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 100_000
MAX_REFERENCES = 10_000
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+|\n')
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


class ArtifactError(ValueError):
    """A document that cannot be read at all."""

    def __init__(self, message: str, *, line: int = 0, pointer: str = "") -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.message = message
        self.line = line
        self.pointer = pointer


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """The plain data and the line of every JSON Pointer in it."""

    data: Json
    lines: dict[str, int]

    def line(self, pointer: str) -> int:
        """Return the line of *pointer*, or of the nearest place above it that is written down."""
        while pointer not in self.lines and pointer:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 0)


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    pointer: str
    target: str

    @property
    def remote(self) -> bool:
        return not self.target.startswith("#")


def read_artifact(content: bytes, media_type: str) -> Artifact:
    """Return *content* as plain data; YAML when *media_type* says so, else JSON."""
    if len(content) > MAX_BYTES:
        raise ArtifactError(f"the document is larger than {MAX_BYTES // 1024} KiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArtifactError("the document is not UTF-8 text") from error
    return _read_yaml(text) if "yaml" in media_type else _read_json(text)


def references(data: Json) -> list[Reference]:
    """Return every reference in *data*, in document order; raise `ArtifactError` over 10,000."""
    found: list[Reference] = []
    waiting: list[tuple[str, Json]] = [("", data)]
    while waiting:
        pointer, node = waiting.pop()
        if isinstance(node, dict):
            found.extend(
                Reference(pointer=f"{pointer}/{name}", target=node[name])
                for name in _REFERENCES
                if isinstance(node.get(name), str)
            )
            waiting.extend((f"{pointer}/{escape(k)}", v) for k, v in reversed(node.items()))
        elif isinstance(node, list):
            waiting.extend((f"{pointer}/{n}", v) for n, v in reversed(list(enumerate(node))))
        if len(found) > MAX_REFERENCES:
            raise ArtifactError(f"more than {MAX_REFERENCES:,} references")
    return found


def escape(key: object) -> str:
    """Return *key* as one token of a JSON Pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")


def pointer_of(path: Iterable[str | int]) -> str:
    """Return a list of keys and positions as a JSON Pointer."""
    return "".join(f"/{escape(part)}" for part in path)


def _read_json(text: str) -> Artifact:
    lines = _json_lines(text)
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ArtifactError(f"not JSON: {error.msg}", line=error.lineno) from error
    except ArtifactError:
        raise
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"not JSON: {error}") from error
    return Artifact(data=data, lines=lines)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ArtifactError(f"the key {twice!r} stands twice")
    return unique


def _refuse_constant(name: str) -> Json:
    raise ArtifactError(f"{name} is not a JSON number")


class _Place:
    """Where the walk stands in one object or array, and whether a key comes next."""

    def __init__(self, opening: str) -> None:
        self.array = opening == "["
        self.at: str | int = 0 if self.array else ""
        self.key_next = not self.array

    def advance(self) -> None:
        if self.array:
            self.at = int(self.at) + 1
        else:
            self.key_next = True


def _json_lines(text: str) -> dict[str, int]:
    """Walk the tokens of *text*, keeping where each value begins; malformed text is met later."""
    lines: dict[str, int] = {}
    where: list[_Place] = []
    line = 1
    for found in _TOKEN.findall(text):
        line += found == "\n"
        _step(found, where, lines, line)
        _guard(len(where), len(lines), line)
    return lines


def _step(found: str, where: list[_Place], lines: dict[str, int], line: int) -> None:
    if found in "]}":
        del where[-1:]
    elif found == "," and where:
        where[-1].advance()
    elif found in "\n:,":
        return
    elif where and where[-1].key_next:
        where[-1].at, where[-1].key_next = escape(_key(found)), False
    else:
        lines["".join(f"/{place.at}" for place in where)] = line
        if found in "[{":
            where.append(_Place(found))


def _key(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token


def _guard(depth: int, nodes: int, line: int) -> None:
    if depth > MAX_DEPTH:
        raise ArtifactError(f"nested deeper than {MAX_DEPTH} levels", line=line)
    if nodes > MAX_NODES:
        raise ArtifactError(f"more than {MAX_NODES:,} values", line=line)


def _read_yaml(text: str) -> Artifact:
    try:
        _refuse_bombs(text)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise ArtifactError("the document is empty")
            lines: dict[str, int] = {}
            return Artifact(data=_plain(loader, node, "", lines), lines=lines)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        message = f"not YAML: {error.problem}"
        raise ArtifactError(message, line=mark.line + 1 if mark else 0) from error
    except yaml.YAMLError as error:
        raise ArtifactError(f"not YAML: {error}") from error


def _refuse_bombs(text: str) -> None:
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise ArtifactError("aliases are not allowed; write the value out", line=line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        nodes += isinstance(event, yaml.NodeEvent)
        _guard(depth, nodes, line)


def _plain(loader: yaml.SafeLoader, node: yaml.Node, pointer: str, lines: dict[str, int]) -> Json:
    """Build plain JSON data: keys are text, dates stay text, tags mean nothing."""
    lines.setdefault(pointer, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [
            _plain(loader, child, f"{pointer}/{index}", lines)
            for index, child in enumerate(node.value)
        ]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Json] = {}
        for key, child in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in mapping:
                raise ArtifactError(f"the key {name!r} stands twice", line=line)
            below = f"{pointer}/{escape(name)}"
            lines[below] = line
            mapping[name] = _plain(loader, child, below, lines)
        return mapping
    return _scalar(loader, node)


def _scalar(loader: yaml.SafeLoader, node: yaml.Node) -> Json:
    if node.tag.rpartition(":")[2] not in {"null", "bool", "int", "float"}:
        return node.value
    try:
        value = loader.construct_object(node)
    except ValueError:
        return node.value
    return node.value if isinstance(value, float) and not isfinite(value) else value
