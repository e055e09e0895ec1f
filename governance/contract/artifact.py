"""
An artifact is a JSON, YAML or plain-text document, read without trust.

At most 10 MiB of JSON or 4 MiB of YAML or text, 64 levels, 2,000,000 values; no YAML aliases, no
duplicate keys, no NaN, no half of a surrogate pair; references only into the document itself.
Lines are 1-based.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, TypeAlias

import msgspec

from governance.contract.artifact_error import ArtifactError, escape
from governance.contract.artifact_yaml import read_yaml

__all__ = [
    "Artifact",
    "ArtifactError",
    "Json",
    "Reference",
    "escape",
    "pointer_of",
    "read_artifact",
    "references",
]
Json: TypeAlias = Any
"""Plain data as a JSON parser gives it."""

MAX_BYTES = {"JSON": 10 * 1024 * 1024, "YAML": 4 * 1024 * 1024, "text": 4 * 1024 * 1024}
TEXTS = ("text/x-protobuf", "text/plain")
MAX_DEPTH = 64
MAX_NODES = 2_000_000
MAX_REFERENCES = 200_000
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+|\n')
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


class Artifact:
    """The plain data, and the line of every JSON Pointer in it, found when first asked for."""

    def __init__(self, data: Json, lines: Callable[[], dict[str, int]]) -> None:
        self.data = data
        self._lines = lines

    @cached_property
    def lines(self) -> dict[str, int]:
        return self._lines()

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
    """Return *content* as plain data; YAML or text when *media_type* says so, else JSON."""
    language = "text" if media_type in TEXTS else "YAML" if "yaml" in media_type else "JSON"
    if len(content) > MAX_BYTES[language]:
        most = MAX_BYTES[language] // (1024 * 1024)
        raise ArtifactError(f"the document is larger than {most} MiB of {language}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArtifactError("the document is not UTF-8 text") from error
    if language == "text":
        return Artifact(text, lambda: {"": 1})
    return _read_yaml(text) if language == "YAML" else _read_json(text)


def references(data: Json) -> list[Reference]:
    """Return every reference in *data*, in its order; raise `ArtifactError` over 200,000."""
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


def pointer_of(path: Iterable[str | int]) -> str:
    """Return a list of keys and positions as a JSON Pointer."""
    return "".join(f"/{escape(part)}" for part in path)


def _read_json(text: str) -> Artifact:
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ArtifactError(f"not JSON: {error.msg}", line=error.lineno) from error
    except ArtifactError:
        raise
    except RecursionError as error:
        raise ArtifactError(f"nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise ArtifactError(f"not JSON: {error}") from error
    _guard(data)
    _require_characters(text, data)
    return Artifact(data, lambda: _json_lines(text))


def _read_yaml(text: str) -> Artifact:
    data, lines = read_yaml(text, most_levels=MAX_DEPTH, most_values=MAX_NODES)
    return Artifact(data, lambda: lines)


def _require_characters(text: str, data: Json) -> None:
    """Refuse half of a surrogate pair: an escape can say it, and nothing can write it out."""
    if not _SURROGATE.search(text):
        return
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise ArtifactError(f"{half!r} is half of a character's surrogate pair") from error


def _guard(data: Json) -> None:
    """Refuse what is nested too deep, or holds too many values; level by level."""
    level, nodes = [data], 1
    for _ in range(MAX_DEPTH):
        level = [one for node in level for one in _inside(node)]
        nodes += len(level)
        if nodes > MAX_NODES:
            raise ArtifactError(f"more than {MAX_NODES:,} values")
    if any(isinstance(node, dict | list) for node in level):
        raise ArtifactError(f"nested deeper than {MAX_DEPTH} levels")


def _inside(node: Json) -> Iterable[Json]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name, n in times.items() if n > 1)
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
    """Walk the tokens of *text*, which was read before, keeping where each value begins."""
    lines: dict[str, int] = {}
    where: list[_Place] = []
    line = 1
    for found in _TOKEN.findall(text):
        if found == "\n":
            line += 1
        else:
            _step(found, where, lines, line)
    return lines


def _step(found: str, where: list[_Place], lines: dict[str, int], line: int) -> None:
    if found in "]}":
        del where[-1:]
    elif found == "," and where:
        where[-1].advance()
    elif found in ":,":
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
