"""Amounts, and the part that every list shares."""

from decimal import Decimal

import msgspec


class Money(msgspec.Struct, frozen=True, kw_only=True):
    amount: Decimal = Decimal(0)
    currency: str = ""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The part that every list shares."""

    next_cursor: str | None = None
    total: int | None = None


class MoneyAtRisk(msgspec.Struct, frozen=True, kw_only=True):
    """Three figures that are never added, one amount a currency."""

    blocked: tuple[Money, ...] = ()
    delayed_cash: tuple[Money, ...] = ()
    exposure: tuple[Money, ...] = ()
