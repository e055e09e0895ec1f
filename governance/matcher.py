"""
A matcher compares one label with a value, in Alertmanager's words.

`=` `!=` `=~` `!~`; a label that is absent is empty; regular expressions are RE2 and
match the whole value.
"""

import re

import msgspec
import re2

_MATCHER = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*\Z", re.DOTALL)
_ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}
_ESCAPE = re.compile(r'\\[n"\\]')


class MatcherError(ValueError):
    """Text that is no matcher such as `severity = critical`."""


class Matcher(msgspec.Struct, frozen=True):
    label: str
    operator: str
    value: str

    def matches(self, labels: dict[str, str]) -> bool:
        held = labels.get(self.label, "")
        if self.operator in {"=", "!="}:
            return (held == self.value) == (self.operator == "=")
        found = _compile(self.value).fullmatch(held) is not None
        return found == (self.operator == "=~")

    def __str__(self) -> str:
        return f'{self.label} {self.operator} "{self.value}"'


def parse_matcher(text: str) -> Matcher:
    """Return the matcher that *text* writes down; raise `MatcherError` when it is none."""
    found = _MATCHER.match(text)
    if not found:
        raise MatcherError(f"{text!r} is not a matcher such as: severity = critical")
    label, operator, written = found.groups()
    value = _unquote(written, text)
    if operator in {"=~", "!~"}:
        try:
            _compile(value)
        except re2.error as error:
            raise MatcherError(f"{text!r}: not an RE2 expression: {error}") from error
    return Matcher(label, operator, value)


def _unquote(written: str, text: str) -> str:
    if not written.startswith('"'):
        if '"' in written:
            raise MatcherError(f"{text!r}: put the whole value in quotes, or none of it")
        return written
    inner = written[1:-1]
    if len(written) < len('""') or not written.endswith('"') or re.search(r'(?<!\\)"', inner):
        raise MatcherError(f"{text!r}: the quotes do not close")
    return _ESCAPE.sub(lambda found: _ESCAPES[found[0]], inner)


def _compile(pattern: str) -> "re2._Regexp[str]":
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)  # RE2's own cache keeps what was compiled
