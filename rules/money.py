"""
Money is a Decimal and an ISO 4217 code. Amounts keep the source's precision;
only a displayed total is rounded, half-even. Currencies are never mixed in a sum.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

import msgspec

MAX_DIGITS = 34
_EXACT = Context(prec=100)
_CURRENCY_LETTERS = 3
_SCIENTIFIC = re.compile(rb'("amount":")(-?\d+(?:\.\d+)?E[+-]?\d{1,4})"')


class MoneyError(ValueError):
    """An amount that is not a finite decimal, or a currency that is no ISO 4217 code."""


class Money(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """`{"amount": "1234.50", "currency": "EUR"}` on the wire: the amount is a string."""

    currency: str
    amount: Decimal

    @property
    def displayed(self) -> "Money":
        """The amount rounded half-even to cents, for a total that is shown."""
        cents = self.amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN, context=_EXACT)
        return Money(amount=cents, currency=self.currency)

    def __str__(self) -> str:
        return f"{self.currency} {self.displayed.amount:,}"


def decimal(text: str | int | Decimal) -> Decimal:
    """Return *text* as a finite Decimal of at most 34 digits; raise `MoneyError` otherwise."""
    try:
        value = Decimal(text.strip() if isinstance(text, str) else text)
    except (InvalidOperation, ValueError) as error:
        raise MoneyError(f"{text!r} is not a decimal amount, e.g. 1234.50") from error
    if not value.is_finite():
        raise MoneyError(f"{text!r} is not finite")
    _, digits, exponent = value.as_tuple()
    if len(digits) > MAX_DIGITS or not -MAX_DIGITS <= int(exponent) <= MAX_DIGITS:
        raise MoneyError(f"{text!r} has more than {MAX_DIGITS} digits")
    return value


def money(amount: str | int | Decimal, currency: str) -> Money:
    """Return Money; raise `MoneyError` when either part is malformed."""
    if len(currency) != _CURRENCY_LETTERS or not currency.isascii() or not currency.isupper():
        raise MoneyError(f"{currency!r} is not an ISO 4217 code such as EUR")
    return Money(amount=decimal(amount), currency=currency)


def optional_money(amount: str | None, currency: str | None) -> Money | None:
    """Return the Money that a database keeps, checked when it came; None where it keeps none."""
    if amount is None or currency is None:
        return None
    return Money(amount=Decimal(amount), currency=currency)


def read_money(value: object) -> Money | None:
    """Return the Money of a `{"amount", "currency"}` mapping, or None when it is not one."""
    if not isinstance(value, dict):
        return None
    amount, currency = value.get("amount"), value.get("currency")
    if not isinstance(amount, str | int | Decimal) or isinstance(amount, bool):
        return None
    if not isinstance(currency, str):
        return None
    try:
        return money(amount, currency)
    except MoneyError:
        return None


def subtract(left: Decimal, right: Decimal) -> Decimal:
    """Return *left* less *right*, exactly: the default context would round at 28 digits."""
    return _EXACT.subtract(left, right)


def add(left: Decimal, right: Decimal) -> Decimal:
    """Return *left* and *right*, exactly."""
    return _EXACT.add(left, right)


def multiply(left: Decimal, right: int) -> Decimal:
    """Return *left* times *right*, exactly."""
    return _EXACT.multiply(left, Decimal(right))


def canonical(amount: Decimal) -> str:
    """Return the one text of *amount*, however many noughts it was reckoned with: `12.5`."""
    return f"{_EXACT.normalize(_EXACT.add(amount, Decimal())):f}"


def total(amounts: Iterable[Money]) -> list[Money]:
    """Return one exact sum a currency, sorted by currency; never across currencies."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for one in amounts:
        sums[one.currency] = _EXACT.add(sums[one.currency], one.amount)
    return [Money(amount=sums[code], currency=code) for code in sorted(sums)]


def written_out(encoded: bytes) -> bytes:
    """Return JSON whose amounts have no exponent: msgspec writes 0.00000000000001 as `1E-14`."""
    return _SCIENTIFIC.sub(lambda found: b'%b%b"' % (found[1], _plain(found[2])), encoded)


def _plain(amount: bytes) -> bytes:
    return f"{Decimal(amount.decode()):f}".encode()
