"""
A governed document is YAML text, decoded safely into a typed value.

No aliases, no tags, no duplicate keys, no more than 256 KiB (a rule set: 2 MiB) and 50 levels.
A refusal names the line and column and says what to do.
"""

import re
from typing import Any, TypeVar

import msgspec
import yaml

MAX_BYTES = 256 * 1024
MAX_DEPTH = 50
MAX_DIGITS = 40
_T = TypeVar("_T")
Positions = dict[str, tuple[int, int]]


class DocumentError(ValueError):
    """A document that cannot be read; `line` and `column` are 1-based, 0 when unknown."""

    def __init__(self, message: str, *, line: int = 0, column: int = 0, pointer: str = "") -> None:
        where = f"line {line}, column {column}: " if line else ""
        super().__init__(f"{where}{message}")
        self.message = message
        self.line = line
        self.column = column
        self.pointer = pointer


_TEXT = (":timestamp", ":float", ":value")


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that keeps dates and numbers with a fraction as text: types decide, not YAML."""


class _FastLoader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """The same by libyaml, ten times as fast; its refusals name other places."""


def _whole_number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    line, column = _place(node)
    if len(node.value) > MAX_DIGITS:
        message = f"a number of more than {MAX_DIGITS} digits; quote it to keep it as text"
        raise DocumentError(message, line=line, column=column)
    try:
        return int(loader.construct_yaml_int(node))
    except ValueError as error:
        message = f"{node.value!r} is no number; quote it to keep it as text"
        raise DocumentError(message, line=line, column=column) from error


for _one in (_StrictLoader, _FastLoader):
    _one.add_constructor("tag:yaml.org,2002:int", _whole_number)
    _one.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith(_TEXT)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

_Loader = type[_StrictLoader] | type[_FastLoader]


def read_yaml(text: str | bytes, max_bytes: int = MAX_BYTES) -> tuple[Any, Positions]:
    """
    Return the plain data and the (line, column) of every JSON Pointer in it.

    Raises `DocumentError` on malformed text, aliases, custom tags, duplicate keys or bombs.
    """
    text = _text(text, max_bytes)
    try:
        return _read(text, _FastLoader)
    except ValueError:  # a `DocumentError` or text that is no UTF-8: the slower one says where
        return _read(text, _StrictLoader)


def _read(text: str, with_: _Loader) -> tuple[Any, Positions]:
    loader = None
    try:
        loader = with_(text)
        _refuse_bombs(text, with_)
        node = _root(loader)
        positions: Positions = {}
        _locate(node, "", positions)
        return loader.construct_document(node), positions
    except DocumentError:
        raise
    except yaml.YAMLError as error:
        raise _refused(error) from error
    finally:
        if loader is not None:
            loader.dispose()


def _root(loader: _StrictLoader | _FastLoader) -> yaml.Node:
    node = loader.get_single_node()
    if node is None:
        raise DocumentError("the document is empty")
    return node


def _text(text: str | bytes, max_bytes: int) -> str:
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            raise DocumentError("the document is not UTF-8 text") from error
    if len(text) > max_bytes:
        raise DocumentError(f"the document is larger than {max_bytes // 1024} KiB")
    return text


_IN_A_LIST = "; within [ ], what holds commas, brackets or quotes stands in single quotes"


def _refused(error: yaml.YAMLError) -> DocumentError:
    match error:
        case yaml.MarkedYAMLError():
            mark = error.problem_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
            hint = _IN_A_LIST if error.context == "while parsing a flow sequence" else ""
            return DocumentError(f"{error.problem}{hint}", line=line, column=column)
        case yaml.reader.ReaderError():
            place = f"character {error.position + 1}, {chr(error.character)!r}"
            return DocumentError(f"{place}: {error.reason}")
        case _:
            return DocumentError(str(error))


def read_document(text: str | bytes, type_: type[_T]) -> _T:
    """Return *text* as a *type_* (a msgspec Struct); raise `DocumentError` where it is none."""
    data, positions = read_yaml(text)
    return convert(data, type_, positions)


_UNKNOWN = re.compile(r"unknown field `(.+)`")
_NO_TEXT = "Expected `str`, got `bool`"
_A_WORD = "; quote it: yes, no, on and off are true and false in YAML"


def convert(data: Any, type_: type[_T], positions: Positions) -> _T:
    """Return plain *data* as a *type_*, naming line and column on refusal."""
    try:
        return msgspec.convert(data, type_, strict=True)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        pointer = _pointer(path.rstrip("`"))
        message += _A_WORD if message == _NO_TEXT else ""
        unknown = _UNKNOWN.search(message)
        if unknown and f"{pointer}/{unknown[1]}" in positions:
            pointer = f"{pointer}/{unknown[1]}"
        line, column = _nearest(pointer, positions)
        raise DocumentError(message, line=line, column=column, pointer=pointer) from error


_START = yaml.Mark("document", 0, 0, 0, "", 0)


def _refuse_bombs(text: str, loader: _Loader) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        mark = event.start_mark or _START
        forbidden = _forbidden(event)
        if forbidden is not None:
            raise DocumentError(forbidden, line=mark.line + 1, column=mark.column + 1)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise DocumentError(f"nested deeper than {MAX_DEPTH} levels", line=mark.line + 1)


def _forbidden(event: yaml.Event) -> str | None:
    if isinstance(event, yaml.AliasEvent):
        return "aliases are not allowed; write the value out"
    if getattr(event, "tag", None) is not None:
        return "tags (!…) are not allowed; write the plain value"
    return None


def _locate(node: yaml.Node, pointer: str, positions: Positions) -> None:
    positions[pointer] = _place(node)
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            _locate(child, f"{pointer}/{index}", positions)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                line, column = _place(key)
                raise DocumentError("a key is a plain text", line=line, column=column)
            name = str(key.value)
            if name in seen:
                line, column = _place(key)
                raise DocumentError(f"the key {name!r} stands twice", line=line, column=column)
            seen.add(name)
            _locate(child, f"{pointer}/{name}", positions)


def _place(node: yaml.Node) -> tuple[int, int]:
    mark = node.start_mark or _START
    return (mark.line + 1, mark.column + 1)


def _pointer(path: str) -> str:
    """`.rules[0].when` → `/rules/0/when`."""
    return path.replace("[...]", "").replace("[", "/").replace("]", "").replace(".", "/")


def _nearest(pointer: str, positions: Positions) -> tuple[int, int]:
    while pointer not in positions and pointer:
        pointer = pointer.rpartition("/")[0]
    return positions.get(pointer, (0, 0))
