"""
The features of Protobuf editions: what is in force at a place, and what a file starts from.

proto2 and proto3 are editions of their own, with features that nobody can set.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from governance.contract.protobuf.syntax import Option, Value

Features: TypeAlias = Mapping[str, str]
"""Name → value, custom features as `(pb.java).utf8_validation`."""

_2023 = {
    "field_presence": "EXPLICIT",
    "enum_type": "OPEN",
    "repeated_field_encoding": "PACKED",
    "utf8_validation": "VERIFY",
    "message_encoding": "LENGTH_PREFIXED",
    "json_format": "ALLOW",
    "(pb.java).utf8_validation": "DEFAULT",
    "(pb.cpp).string_type": "STRING",
}
_START: dict[str, dict[str, str]] = {
    "proto2": _2023
    | {
        "enum_type": "CLOSED",
        "repeated_field_encoding": "EXPANDED",
        "utf8_validation": "NONE",
        "json_format": "LEGACY_BEST_EFFORT",
    },
    "proto3": _2023 | {"field_presence": "IMPLICIT"},
    "2023": _2023,
    "2024": _2023 | {"(pb.cpp).string_type": "VIEW"},
}


def starting(edition: str, options: Iterable[Option]) -> Features:
    """Return the features of a file of *edition* that sets *options*."""
    return inherited(_START[edition], options)


def inherited(outer: Features, options: Iterable[Option]) -> Features:
    """Return what is in force at a place inside *outer* that sets *options*."""
    said = stated(options)
    return {**outer, **said} if said else outer


def stated(options: Iterable[Option]) -> dict[str, str]:
    """Return the features that *options* set, one by one or as `features = {…}`."""
    found: dict[str, str] = {}
    for option in options:
        if option.name == "features":
            _spread("", option.value, found)
        elif option.name.startswith("features."):
            _spread(option.name.removeprefix("features."), option.value, found)
    return found


def _spread(name: str, value: Value, found: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, below in value.items():
            _spread(f"{name}.{key}" if name else key, below, found)
    elif isinstance(value, str):
        found[name] = value


def line_of(feature: str, options: Iterable[Option]) -> int:
    """Return the line on which *options* set *feature*; 0 when they do not."""
    return next((one.line for one in options if feature in stated((one,))), 0)
