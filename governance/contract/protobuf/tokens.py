"""
Protobuf text in words: one pass, linear in the text, each word with its line.

A comment that ends right above a word belongs to it; the others are dropped.
"""

import re

import msgspec

_WORD = re.compile(
    r"""
      (?P<space>\s++)
    | (?P<comment>//[^\n]*+|/\*(?s:.*?)\*/)
    | (?P<name>[A-Za-z_]\w*+)
    | (?P<number>0[xX][0-9a-fA-F]++|(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][+-]?\d++)?[fF]?)
    | (?P<text>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')
    | (?P<mark>[;{}=\[\](),<>.:+\-]|/(?![*/]))
    """,
    re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(
    r"\\(?:[xX](?P<hex>[0-9a-fA-F]{1,2})|(?P<octal>[0-7]{1,3})"
    r"|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|(?P<char>.))"
)
_CHARS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_UNICODE = 0x110000
_SHOWN = 20
END = "the end of the file"


class ProtobufError(ValueError):
    """Protobuf text that cannot be read, and where."""

    def __init__(self, message: str, *, path: str, line: int) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.message = message
        self.path = path
        self.line = line


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Words, their kinds and lines, side by side; the last word is `END`."""

    words: list[str]
    kinds: list[str]
    lines: list[int]
    comments: dict[int, str]


def tokenize(path: str, text: str) -> Tokens:
    words: list[str] = []
    kinds: list[str] = []
    lines: list[int] = []
    comments: dict[int, str] = {}
    line, at, end = 1, 0, len(text)
    remark, below = "", 0
    match = _WORD.match
    while at < end:
        found = match(text, at)
        if found is None:
            raise ProtobufError(_unreadable(text, at), path=path, line=line)
        at = found.end()
        kind, word = str(found.lastgroup), found[0]
        if kind == "space":
            line += word.count("\n")
        elif kind == "comment":
            line += word.count("\n")
            remark, below = word.strip("/* \t\r\n"), line
        else:
            if remark and line <= below + 1:
                comments[len(words)] = remark
            remark = ""
            words.append(word)
            kinds.append(kind)
            lines.append(line)
    words.append(END)
    kinds.append("end")
    lines.append(line)
    return Tokens(words=words, kinds=kinds, lines=lines, comments=comments)


def unquoted(word: str) -> str:
    """Return what a quoted *word* says; bytes that are not UTF-8 stay written as escapes."""
    inner = word[1:-1]
    if "\\" not in inner:
        return inner
    pieces, at = bytearray(), 0
    for found in _ESCAPE.finditer(inner):
        pieces += inner[at : found.start()].encode()
        pieces += _escaped(found)
        at = found.end()
    pieces += inner[at:].encode()
    return pieces.decode("utf-8", "backslashreplace")


def _escaped(found: re.Match[str]) -> bytes:
    if found["hex"] or found["octal"]:
        number = int(found["hex"], 16) if found["hex"] else int(found["octal"], 8)
        return bytes([number & 0xFF])
    if found["short"] or found["long"]:
        code = int(found["short"] or found["long"], 16)
        return chr(code if code < _UNICODE else 0xFFFD).encode("utf-8", "replace")
    return _CHARS.get(found["char"], found["char"]).encode()


def _unreadable(text: str, at: int) -> str:
    if text.startswith("/*", at):
        return "a comment that does not end"
    if text[at] in "\"'":
        return "a text that does not end on its line"
    return f"{text[at : at + _SHOWN].splitlines()[0]!r} is no Protobuf"
