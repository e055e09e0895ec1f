"""A fact is read from plain JSON data by its type, exactly; what does not fit is refused."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from rules.decision import Fact, Value
from rules.fact import FactType, FieldType
from rules.instant import InstantError, parse_instant
from rules.money import MoneyError, decimal, read_money


class MistypedError(ValueError):
    """A value that is not what its field's type says; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


def read_fact(fact_type: FactType, id_: str, data: Mapping[str, Any]) -> Fact:
    """
    Return the fact *id_* that *data* shows; null is absence.

    Raises `MistypedError` at a value or a field that *fact_type* does not know.
    """
    values: dict[str, Value] = {}
    for field, given in data.items():
        kind = fact_type.field(field)
        if kind is None:
            raise MistypedError(field, f"a {fact_type.name} has no such field")
        if given is not None:
            values[field] = _read(field, kind, given)
    return Fact(type=fact_type.name, id=id_, values=values)


def _read(field: str, kind: FieldType, given: object) -> Value:
    try:
        return _READERS[kind](given)
    except (TypeError, ValueError, InstantError, MoneyError) as error:
        raise MistypedError(field, f"{given!r} is no {kind}: {error}") from error


def _same(type_: type) -> Callable[[Any], Any]:
    def read(given: object) -> object:
        if type(given) is not type_:
            raise TypeError(f"write it as {type_.__name__}")
        return given

    return read


def _decimal(given: object) -> Decimal:
    if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
        raise TypeError("write it as a text, e.g. '7.5'")
    return decimal(given)


def _money(given: object) -> Value:
    found = read_money(given)
    if found is None:
        raise TypeError("write it as {amount: '12.50', currency: EUR}")
    return found


def _texts(given: object) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise TypeError("write it as a list of texts")
    return given


def _text(given: object) -> str:
    text: str = _same(str)(given)
    return text


_READERS: dict[FieldType, Callable[[Any], Value]] = {
    "text": _text,
    "integer": _same(int),
    "decimal": _decimal,
    "money": _money,
    "boolean": _same(bool),
    "date": lambda given: date.fromisoformat(_text(given)),
    "instant": lambda given: parse_instant(_text(given)),
    "duration": lambda given: msgspec.convert(_text(given), timedelta),
    "texts": _texts,
}
