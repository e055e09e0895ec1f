"""
What a field holds when nothing was sent.

Numbers, booleans and enum values are compared as numbers, texts and bytes as texts: that a
type changed is another finding.
"""

import math
import struct
from fractions import Fraction
from typing import TypeAlias

from governance.contract.protobuf.schema import FieldInfo, Schema

Default: TypeAlias = str | Fraction | float
_SPECIAL = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan, "-nan": math.nan}
_TEXTS = frozenset({"string", "bytes"})
_SINGLE = frozenset({"explicit", "implicit", "required"})
_MESSAGES = frozenset({"message", "group", "unknown"})


def default_of(field: FieldInfo, schema: Schema, *, single: bool) -> Default | None:
    """Return the default of *field*, as a `float` holds it if *single*; None: it can have none."""
    if field.cardinality not in _SINGLE or field.kind in _MESSAGES:
        return None
    said = field.node.says("default")
    if field.kind in _TEXTS:
        return str(said or "")
    if field.kind == "enum":
        return _enum(field, said, schema)
    if field.kind == "bool":
        return Fraction(said == "true")
    return _number(said, single=single)


def same_default(before: Default, after: Default) -> bool:
    if _empty(before) and _empty(after):
        return True
    both_nan = all(isinstance(one, float) and math.isnan(one) for one in (before, after))
    return both_nan or before == after


def _empty(default: Default) -> bool:
    return default in ("", 0)


def _enum(field: FieldInfo, said: object, schema: Schema) -> Default:
    enum = schema.enums.get(field.type_name)
    values = enum.node.values if enum else ()
    first = values[0].number if values else 0
    named = (value.number for value in values if value.name == said)
    return Fraction(next(named, first))


def _number(said: object, *, single: bool) -> Default:
    if isinstance(said, str):
        return _SPECIAL.get(said, 0.0)
    if not isinstance(said, int | float) or said in _SPECIAL.values():
        return said if isinstance(said, float) else Fraction(0)
    return Fraction(_single(float(said)) if single else said)


def _single(number: float) -> float:
    """Return *number* as the nearest that a `float` holds."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)
