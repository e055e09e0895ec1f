"""
Facts as bytes and back, without loss: a value that JSON or MessagePack does not know is tagged.

`{"$decimal": "1.50"}`, `{"$money": ["1.50", "EUR"]}`, `{"$date": …}`, `{"$instant": …}` and
`{"$micros": …}` for a duration; texts, whole numbers, booleans and lists stand for themselves.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from rules.decision import Fact, Value
from rules.instant import from_micros, to_micros
from rules.money import Money

_MICROSECOND = timedelta(microseconds=1)
_canonical = msgspec.json.Encoder(order="deterministic")
_read = msgspec.json.Decoder(tuple[str, str, dict[str, Any]]).decode
_MOST_SHOWN = 10_000
_shown: dict[int, tuple[bytes, Fact]] = {}

_PACK: dict[type, Callable[[Any], dict[str, Any]]] = {
    Decimal: lambda value: {"$decimal": str(value)},
    Money: lambda value: {"$money": [str(value.amount), value.currency]},
    datetime: lambda value: {"$instant": _instant(value)},
    date: lambda value: {"$date": value.isoformat()},
    timedelta: lambda value: {"$micros": str(value // _MICROSECOND)},
}
_LEAST, _MOST = -(2**63), 2**63 - 1
_UNPACK: dict[str, Callable[[Any], Value]] = {
    "$decimal": Decimal,
    "$money": lambda parts: Money(amount=Decimal(parts[0]), currency=parts[1]),
    "$instant": lambda given: (
        from_micros(given) if isinstance(given, int) else datetime.fromisoformat(given)
    ),
    "$date": date.fromisoformat,
    "$micros": lambda micros: int(micros) * _MICROSECOND,
    "$integer": int,
}


def _instant(value: datetime) -> int | str:
    """A naive time is no instant; it keeps its text, so that it is refused where it is read."""
    return value.isoformat() if value.tzinfo is None else to_micros(value)


def pack_value(value: Value) -> Any:
    pack = _PACK.get(type(value))
    if pack is not None:
        return pack(value)
    if type(value) is int and not _LEAST <= value <= _MOST:
        return {"$integer": str(value)}
    return value


def unpack_value(packed: Any) -> Value:
    if isinstance(packed, dict):
        ((tag, given),) = packed.items()
        return _UNPACK[tag](given)
    value: Value = packed
    return value


def pack_fact(fact: Fact) -> list[Any]:
    return [fact.type, fact.id, _pack_values(fact.values), fact.event]


def _pack_values(values: dict[str, Value]) -> dict[str, Any]:
    """Return *values* packed; the same where each of them stands for itself."""
    for value in values.values():
        kind = type(value)
        if kind is not str and (kind in _PACK or (kind is int and not _LEAST <= value <= _MOST)):  # type: ignore[operator]
            return {name: pack_value(one) for name, one in values.items()}
    return values


def unpack_fact(packed: Sequence[Any]) -> Fact:
    type_, id_, values, event = packed
    return Fact(type=type_, id=id_, values=_unpack_values(values), event=event)


def _unpack_values(values: dict[str, Any]) -> dict[str, Value]:
    """Return *values* unpacked; the same where each of them stands for itself."""
    if dict in map(type, values.values()):
        return {name: unpack_value(value) for name, value in values.items()}
    return values


def canonical(facts: Sequence[Fact]) -> list[tuple[bytes, Fact]]:
    """Return *facts* with their canonical bytes, in an order that rests on nothing else."""
    return sorted(map(_shown_of, facts), key=_in_order)


def show(fact: Fact) -> tuple[bytes, str | None]:
    """Return the canonical bytes of *fact*, and the event that they say nothing of."""
    return _shown_of(fact)[0], fact.event


def read_shown(shown: bytes, event: str | None) -> Fact:
    """Return the fact that `show` has shown."""
    type_, id_, values = _read(shown)
    fact = Fact(type=type_, id=id_, values=_unpack_values(values), event=event)
    _remember(fact, shown)
    return fact


def _shown_of(fact: Fact) -> tuple[bytes, Fact]:
    """A fact is shown once, for as long as it is remembered; none other can take its identity."""
    known = _shown.get(id(fact))
    if known is None:
        shown = _canonical.encode((fact.type, fact.id, _pack_values(fact.values)))
        known = _remember(fact, shown)
    return known


def _remember(fact: Fact, shown: bytes) -> tuple[bytes, Fact]:
    if len(_shown) >= _MOST_SHOWN:
        _shown.clear()
    known = _shown[id(fact)] = (shown, fact)
    return known


def _in_order(pair: tuple[bytes, Fact]) -> tuple[str, str, bytes]:
    return pair[1].type, pair[1].id, pair[0]


def digest(pairs: Sequence[tuple[bytes, Fact]]) -> str:
    """Return the SHA-256 of canonical facts, one a line, in hex."""
    return hashlib.sha256(b"\n".join(one for one, _ in pairs)).hexdigest()
