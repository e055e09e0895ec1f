"""
JSON that means one thing: no key twice, no NUL, no bottomless nesting.

The checks count bytes where that proves the matter, and walk the text only where it
does not: the common case costs microseconds a batch, not an event.
"""

import json
import re
from collections import Counter
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from observability.intake.limits import IntakeLimits
from observability.intake.rejection import Flaw
from rules.refusal import Problem

MAX_DIGITS = 100
MAX_EXPONENT = 308  # what a double can hold
_COLON_ESCAPED = b"\\u003"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_plain = msgspec.json.Decoder(float_hook=str)
_encoder = msgspec.json.Encoder(decimal_format="number")


def read_number(text: str) -> float | Decimal:
    """
    Return a JSON number with a fraction or an exponent as it was written, digit for digit.

    A double that is written back as it stands, such as 37.5, stays one: a schema is checked
    twice as fast on it. Everything else is a Decimal.
    """
    double = float(text)
    if repr(double) == text and "e" not in text:
        return double
    value = Decimal(text)
    digits = len(value.as_tuple().digits)
    if digits > MAX_DIGITS or abs(value.adjusted()) > MAX_EXPONENT or not isfinite(double):
        raise ValueError(f"number-out-of-range: {text[:40]}")
    return value


def keys_stand_once(body: bytes, decoded: Any) -> bool:
    """
    Return whether *decoded* holds every key of *body*; False where that is not certain.

    Decoding keeps the last of two equal keys and every other colon of the text, so the
    colons are as many as before only if no key was dropped. (A colon written as an
    escape would break the count; it is told apart first.)
    """
    if b"\\" in body and _COLON_ESCAPED in body:
        return False
    return _encoder.encode(decoded).count(b":") == body.count(b":")


def repeated_key(body: bytes) -> str | None:
    """Return a key that stands twice in one object of *body*, or None."""
    if keys_stand_once(body, _plain.decode(body)):
        return None
    repeated: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        times = Counter(name for name, _ in pairs)
        if len(times) != len(pairs):
            repeated.append(next(name for name, n in times.items() if n > 1))

    json.loads(body, object_pairs_hook=note)
    return repeated[0] if repeated else None


def payload_flaw(payload: bytes, limits: IntakeLimits) -> Flaw | None:
    """Return why the encoded event *payload* may not be stored, or None."""
    if len(payload) > limits.event_bytes:
        return Flaw(
            reason="event-too-large",
            detail=f"An event has at most {limits.event_bytes:,} bytes; this one {len(payload):,}.",
        )
    if b"\\" in payload and b"\\u0000" in payload and _NUL.search(payload):
        return Flaw(
            reason="forbidden-character",
            detail="The character U+0000 stands in a text; no database keeps it. Leave it out.",
        )
    if len(payload) > 2 * limits.depth and _openers(payload) > limits.depth:
        return _depth_flaw(payload, limits.depth)
    return None


def _openers(payload: bytes) -> int:
    """Count what opens an object or an array; a list is rare, and finding none costs nothing."""
    return payload.count(b"{") + (payload.count(b"[") if b"[" in payload else 0)


def _depth_flaw(payload: bytes, limit: int) -> Flaw | None:
    pending: list[tuple[Any, int, str]] = [(_plain.decode(payload), 1, "")]
    while pending:
        value, depth, pointer = pending.pop()
        if depth > limit:
            return Flaw(
                reason="too-deep",
                detail=f"Nest at most {limit} levels.",
                errors=(Problem(pointer=pointer[:200], detail="nested too deep"),),
            )
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        pending.extend(
            (child, depth + 1, f"{pointer}/{name}" if depth < _SHOWN_LEVELS else pointer)
            for name, child in inside
            if isinstance(child, dict | list)
        )
    return None


_SHOWN_LEVELS = 20
