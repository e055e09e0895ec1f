"""
The functions that rules call, under the names and options of Spectral.

A function looks at one value and yields what is wrong with it: a message, and the path from the
value to where it is wrong. What is missing concerns `truthy`, `defined` and `xor` alone.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, TypeAlias

import msgspec

from governance.lint.condition import same, truthy
from governance.lint.expression import regular
from governance.lint.node import MISSING, Document, Node

Faults: TypeAlias = Iterator[tuple[str, tuple[str | int, ...]]]
Check: TypeAlias = Callable[[Node, Document], Faults]
Build: TypeAlias = Callable[[Any], Check]
"""Options in, a check out; raises `ExpressionError` or `msgspec.ValidationError`."""
_SHOWN = 60


class _Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class _Pattern(_Options, frozen=True, kw_only=True, rename="camel"):
    match: str | None = None
    not_match: str | None = None


class _Separator(_Options, frozen=True, kw_only=True, rename="camel"):
    char: str
    allow_leading: bool = False


class _Casing(_Options, frozen=True, kw_only=True, rename="camel"):
    type: str
    disallow_digits: bool = False
    separator: _Separator | None = None


class _Length(_Options, frozen=True, kw_only=True):
    min: int | None = None
    max: int | None = None


class _Enumeration(_Options, frozen=True, kw_only=True):
    values: list[Any]


class _Alphabetical(_Options, frozen=True, kw_only=True, rename="camel"):
    keyed_by: str | None = None


class _Properties(_Options, frozen=True, kw_only=True):
    properties: list[str]


def build_truthy(_: Any) -> Check:
    return _when(lambda value: not truthy(value), "it must be said")


def build_falsy(_: Any) -> Check:
    return _when(truthy, "it must not be said")


def build_defined(_: Any) -> Check:
    return _when(lambda value: value is MISSING, "it must be there")


def build_undefined(_: Any) -> Check:
    return _when(lambda value: value is not MISSING, "it must not be there")


def build_pattern(given: Any) -> Check:
    options = msgspec.convert(given, _Pattern)
    match = regular(options.match) if options.match is not None else None
    against = regular(options.not_match) if options.not_match is not None else None
    if match is None and against is None:
        raise msgspec.ValidationError("say `match` or `notMatch`")

    def check(node: Node, _: Document) -> Faults:
        value = node.value
        if isinstance(value, str):
            if match is not None and match.search(value) is None:
                yield f"{_shown(value)} does not match {options.match}", ()
            if against is not None and against.search(value) is not None:
                yield f"{_shown(value)} matches {options.not_match}", ()

    return check


CASINGS = {
    "flat": "[a-z][a-z{digits}]*",
    "camel": "[a-z][a-z{digits}]*(?:[A-Z{digits}](?:[a-z{digits}]+|$))*",
    "pascal": "[A-Z][a-z{digits}]*(?:[A-Z{digits}](?:[a-z{digits}]+|$))*",
    "kebab": "[a-z][a-z{digits}]*(?:-[a-z{digits}]+)*",
    "cobol": "[A-Z][A-Z{digits}]*(?:-[A-Z{digits}]+)*",
    "snake": "[a-z][a-z{digits}]*(?:_[a-z{digits}]+)*",
    "macro": "[A-Z][A-Z{digits}]*(?:_[A-Z{digits}]+)*",
}


def build_casing(given: Any) -> Check:
    options = msgspec.convert(given, _Casing)
    if options.type not in CASINGS:
        raise msgspec.ValidationError(f"`type` is one of {', '.join(CASINGS)}")
    word = CASINGS[options.type].format(digits="" if options.disallow_digits else "0-9")
    whole = f"^{word}$"
    if options.separator is not None:
        char = f"[{_escaped(options.separator.char)}]"
        whole = f"^{f'{char}?' if options.separator.allow_leading else ''}{word}(?:{char}{word})*$"
    pattern = regular(whole)

    def check(node: Node, _: Document) -> Faults:
        if isinstance(node.value, str) and node.value and pattern.search(node.value) is None:
            yield f"{_shown(node.value)} is not written in {options.type} case", ()

    return check


def build_length(given: Any) -> Check:
    options = msgspec.convert(given, _Length)
    if options.min is None and options.max is None:
        raise msgspec.ValidationError("say `min`, `max` or both")

    def check(node: Node, _: Document) -> Faults:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float | str | list | dict):
            return
        size = value if isinstance(value, int | float) else len(value)
        if options.min is not None and size < options.min:
            yield f"{size} is less than {options.min}", ()
        if options.max is not None and size > options.max:
            yield f"{size} is more than {options.max}", ()

    return check


def build_enumeration(given: Any) -> Check:
    values = msgspec.convert(given, _Enumeration).values
    told = ", ".join(map(_shown, values))

    def check(node: Node, _: Document) -> Faults:
        value = node.value
        if isinstance(value, str | int | float) and not any(same(value, one) for one in values):
            yield f"{_shown(value)} is none of {told}", ()

    return check


def build_alphabetical(given: Any) -> Check:
    by = msgspec.convert(given or {}, _Alphabetical).keyed_by

    def check(node: Node, _: Document) -> Faults:
        value = node.value
        keys = list(value) if isinstance(value, list | dict) else []
        if by is not None:
            keys = [one.get(by) if isinstance(one, dict) else None for one in keys]
        for position, (one, after) in enumerate(pairwise(keys)):
            if isinstance(one, str) and isinstance(after, str) and one > after:
                place = after if isinstance(value, dict) else position + 1
                yield f"{_shown(after)} stands after {_shown(one)}", (place,)
                return

    return check


def build_xor(given: Any) -> Check:
    return _counted(given, lambda count: count == 1, "exactly one of {} must be said")


def build_or(given: Any) -> Check:
    return _counted(given, lambda count: count >= 1, "at least one of {} must be said")


def _counted(given: Any, right: Callable[[int], bool], message: str) -> Check:
    names = msgspec.convert(given, _Properties).properties
    told = message.format(" and ".join(names))

    def check(node: Node, _: Document) -> Faults:
        if isinstance(node.value, dict) and not right(sum(one in node.value for one in names)):
            yield told, ()

    return check


def _when(wrong: Callable[[Any], bool], message: str) -> Check:
    def check(node: Node, _: Document) -> Faults:
        if wrong(node.value):
            yield message, ()

    return check


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _escaped(char: str) -> str:
    return "".join(f"\\x{{{ord(one):x}}}" for one in char[:1])
