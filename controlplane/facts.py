"""
A fact is an entity's state, read exactly by its type.

A value that is not what its type says is kept as it came, as text: the rules that read it
are then not evaluated, and say so, instead of being quiet.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from reprlib import repr as shown
from typing import Any

import msgspec

from rules.decision import Fact, Value
from rules.fact import FactType, FieldType
from rules.instant import InstantError, parse_instant
from rules.money import MoneyError, decimal, money


class MistypedError(ValueError):
    """A value that is not what its field's type says."""


def fact(
    entity_type: FactType, key: str, state: Mapping[str, Any], event: str | None = None
) -> Fact:
    """Return the fact named *key*; *event* is `source/id` of the event that last described it."""
    values = {
        name: _read(kind, state[name])
        for name, kind in sorted(entity_type.fields.items())
        if state.get(name) is not None
    }
    return Fact(type=entity_type.name, id=key, values=values, event=event)


def _as_it_came(kind: FieldType, value: object) -> Value:
    """Return *value* as its JSON text, in a form that is never taken for a *kind*."""
    text = msgspec.json.encode(value).decode()
    return [text] if kind == "text" else text


def _read(kind: FieldType, value: object) -> Value:
    try:
        return read_value(kind, value)
    except MistypedError:
        return _as_it_came(kind, value)


def read_value(kind: FieldType, value: object) -> Value:
    """Return the JSON *value* as a *kind*; raise `MistypedError` when it is none."""
    try:
        return _READERS[kind](value)
    except (InstantError, MoneyError, InvalidOperation, msgspec.ValidationError) as error:
        raise MistypedError(f"{kind} expected: {error}") from error
    except (TypeError, ValueError) as error:
        if isinstance(error, MistypedError):
            raise
        raise MistypedError(f"{shown(value)} is no {kind}") from error


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise MistypedError(f"{shown(value)} is no text")


def _integer(value: object) -> int:
    exact = _decimal(value)
    if exact != exact.to_integral_value():
        raise MistypedError(f"{shown(value)} is no whole number")
    return int(exact)


def _decimal(value: object) -> Decimal:
    """Let a double stand for its shortest decimal."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise MistypedError(f"{shown(value)} is no number")
    return decimal(repr(value) if isinstance(value, float) else value)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise MistypedError(f"{value!r} is neither true nor false")


def _money(value: object) -> Value:
    if not isinstance(value, dict) or not {"amount", "currency"} <= set(value):
        raise MistypedError(
            f"{shown(value)} is no money such as {{amount: '12.50', currency: EUR}}"
        )
    amount = value["amount"]
    if isinstance(amount, bool | float) or not isinstance(amount, str | int | Decimal):
        raise MistypedError(f"{amount!r} is no exact amount: send it as text")
    return money(amount, _text(value["currency"]))


def _duration(value: object) -> timedelta:
    return msgspec.convert(_text(value), timedelta)


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise MistypedError(f"{shown(value)} is no list of texts")
    return [_text(one) for one in value]


_READERS: dict[FieldType, Callable[[object], Value]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "boolean": _boolean,
    "date": lambda value: date.fromisoformat(_text(value)),
    "instant": lambda value: parse_instant(_text(value)),
    "duration": _duration,
    "texts": _texts,
}
