"""
Rates of exchange with their dates: money of a day counts at the rate of that day.

A governed document. Where none was said on or before a day, money of that day stays what it is.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from decimal import Context, Decimal
from functools import cached_property

import msgspec

from observability.model.flaw import Flaw, kebab
from rules.document import DocumentError, convert, read_yaml
from rules.instant import EPOCH
from rules.money import Money

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_CURRENCY = re.compile(r"[A-Z]{3}")
_EXACT = Context(prec=34)
_DAY_ONE = EPOCH.date()


class Rates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """`series` says, from a day on, how many of a currency one of `base` is."""

    rates: str
    version: str
    title: str
    owner: str
    base: str
    source: str = ""
    series: dict[str, dict[date, Decimal]] = {}

    @cached_property
    def _dated(self) -> dict[str, tuple[list[int], list[Decimal]]]:
        return {
            code: ([(day - _DAY_ONE).days for day in sorted(told)], [told[d] for d in sorted(told)])
            for code, told in self.series.items()
        }

    def convert(self, one: Money, currency: str, day: int) -> Decimal | None:
        """Return *one* in *currency* as of *day* (from 1970-01-01); None without both rates."""
        if one.currency == currency:
            return one.amount
        theirs, ours = self._rate(one.currency, day), self._rate(currency, day)
        if theirs is None or ours is None:
            return None
        return _EXACT.multiply(_EXACT.divide(one.amount, theirs), ours)

    def _rate(self, code: str, day: int) -> Decimal | None:
        if code == self.base:
            return Decimal(1)
        days, values = self._dated.get(code, ([], []))
        place = bisect_right(days, day)
        return values[place - 1] if place else None


def read_rates(text: str | bytes) -> Rates:
    """Return the rates of YAML *text*; raise `DocumentError` where they make no sense."""
    data, positions = read_yaml(text)
    document = convert(data, Rates, positions)
    for flaw in _flaws(document):
        line, column = positions.get(flaw.pointer, (0, 0))
        raise DocumentError(flaw.message, line=line, column=column, pointer=flaw.pointer)
    return document


def _flaws(document: Rates) -> Iterator[Flaw]:
    for member in ("rates", "owner"):
        yield from kebab(f"/{member}", getattr(document, member))
    if not _VERSION.fullmatch(document.version):
        yield Flaw(pointer="/version", message=f"{document.version!r} is no version such as 1.0.0")
    for code in (document.base, *document.series):
        if not _CURRENCY.fullmatch(code):
            yield Flaw(pointer="/series", message=f"{code!r} is not an ISO 4217 code such as EUR")
    yield from _rates(document)


def _rates(document: Rates) -> Iterator[Flaw]:
    for code, told in document.series.items():
        if code == document.base:
            yield Flaw(pointer=f"/series/{code}", message="one of the base is one of the base")
        for day, rate in told.items():
            if not rate.is_finite() or rate <= 0:
                yield Flaw(pointer=f"/series/{code}/{day}", message="a rate is above zero")
