"""
The conditions of a path: `?(@.in == 'query' && !@property.match(/^x-/i))`.

Values are compared as JavaScript's `===` does, whose dialect rule files are written in; nothing
is run, and patterns are RE2.
"""

import re
from collections.abc import Callable
from typing import Any

from governance.lint.expression import ExpressionError, regular
from governance.lint.node import MISSING, Node

Condition = Callable[[Node], Any]


def truthy(value: Any) -> bool:
    """Whether JavaScript takes *value* for true: empty lists and objects are."""
    return isinstance(value, list | dict) or (value is not MISSING and bool(value))


def same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<regex>/(?:[^/\\]|\\.)+/[a-z]*)"
    r"|(?P<self>@(?:property|parentProperty)?(?![A-Za-z]))"
    r"|(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[<>!().\[\]])"
    r"|(?P<word>[A-Za-z_$][\w$-]*))"
)
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None, "undefined": MISSING}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": same,
    "===": same,
    "!=": lambda one, other: not same(one, other),
    "!==": lambda one, other: not same(one, other),
    "<": lambda one, other: _ordered(one, other) and one < other,
    "<=": lambda one, other: _ordered(one, other) and one <= other,
    ">": lambda one, other: _ordered(one, other) and one > other,
    ">=": lambda one, other: _ordered(one, other) and one >= other,
}
_DEEPEST = 20


def parse_condition(text: str) -> Condition:
    """Return *text* as a function of a place; raise `ExpressionError`."""
    parsing = _Parsing(text)
    condition = parsing.either()
    if parsing.tokens:
        raise ExpressionError(f"{parsing.tokens[0][1]!r} was not expected in the condition {text}")
    return condition


class _Parsing:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        self._depth = 0
        position, end = 0, len(text.rstrip())
        while position < end:
            found = _TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise ExpressionError(f"{text[position:].strip()!r} cannot be read as a condition")
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()

    def either(self) -> Condition:
        parts = [self._both()]
        while self._took("||"):
            parts.append(self._both())
        return lambda node: any(truthy(part(node)) for part in parts)

    def _both(self) -> Condition:
        parts = [self._compared()]
        while self._took("&&"):
            parts.append(self._compared())
        return lambda node: all(truthy(part(node)) for part in parts)

    def _compared(self) -> Condition:
        left = self._operand()
        sign = self.tokens[0][1] if self.tokens else ""
        if sign not in _COMPARE:
            return left
        self.tokens.pop(0)
        right, compare = self._operand(), _COMPARE[sign]
        return lambda node: compare(left(node), right(node))

    def _operand(self) -> Condition:
        if self._took("!"):
            inner = self._operand()
            return lambda node: not truthy(inner(node))
        if self._took("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise ExpressionError(f"more than {_DEEPEST} brackets within each other")
            inside = self.either()
            self._need(")")
            return inside
        return self._value()

    def _value(self) -> Condition:
        kind, token = self._next()
        if kind == "self":
            return self._members(_SELVES[token])
        if kind == "text":
            text = _unquoted(token)
            return lambda _: text
        if kind == "number":
            number = float(token) if "." in token else int(token)
            return lambda _: number
        if kind == "word" and token in _CONSTANTS:
            constant = _CONSTANTS[token]
            return lambda _: constant
        raise ExpressionError(f"{token!r} is no value; write @.name, @property, 'text' or a number")

    def _members(self, value: Condition) -> Condition:
        while True:
            if self._took("."):
                value = self._member(value, self._next()[1])
            elif self._took("["):
                kind, name = self._next()
                value = _of(value, int(name) if kind == "number" else _unquoted(name))
                self._need("]")
            else:
                return value

    def _member(self, value: Condition, name: str) -> Condition:
        if not (self.tokens and self.tokens[0][1] == "("):
            return _of(value, name)
        self._need("(")
        kind, argument = self._next()
        self._need(")")
        if name == "match" and kind == "regex":
            pattern = regular(argument)
            return lambda node: _found(pattern, value(node))
        if name == "includes" and kind == "text":
            wanted = _unquoted(argument)
            return lambda node: _includes(value(node), wanted)
        raise ExpressionError(f"{name}({argument}) is unknown; known are match(/…/) and includes")

    def _next(self) -> tuple[str, str]:
        if not self.tokens:
            raise ExpressionError(f"the condition {self.text} ends too early")
        return self.tokens.pop(0)

    def _took(self, sign: str) -> bool:
        if self.tokens and self.tokens[0] == ("sign", sign):
            self.tokens.pop(0)
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._took(sign):
            raise ExpressionError(f"{sign!r} is missing in the condition {self.text}")


_SELVES: dict[str, Condition] = {
    "@": lambda node: node.value,
    "@property": lambda node: node.key,
    "@parentProperty": lambda node: node.parent.key if node.parent is not None else "",
}


def _of(value: Condition, name: str | int) -> Condition:
    def member(node: Node) -> Any:
        inside = value(node)
        if name == "length" and isinstance(inside, str | list):
            return len(inside)
        if isinstance(inside, dict):
            return inside.get(name, MISSING)
        if isinstance(inside, list) and isinstance(name, int) and 0 <= name < len(inside):
            return inside[name]
        return MISSING

    return member


def _found(pattern: Any, value: Any) -> bool:
    return isinstance(value, str) and pattern.search(value) is not None


def _includes(value: Any, wanted: str) -> bool:
    return isinstance(value, str | list) and wanted in value


def _ordered(one: Any, other: Any) -> bool:
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return numbers or (isinstance(one, str) and isinstance(other, str))


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token[:1] in "'\"" else token
