"""In which currency money is told, and by which rates."""

from decimal import Decimal

import msgspec

from observability.kpi.rates import Rates
from rules.money import Money


class Reckoning(msgspec.Struct, frozen=True, kw_only=True):
    """No `currency`: money is told as it is, when it is of one. No `rates`: none is converted."""

    currency: str | None = None
    rates: Rates | None = None

    @property
    def name(self) -> tuple[str | None, int]:
        """What tells two of them apart while both stand."""
        return self.currency, id(self.rates)

    def worth(self, one: Money, day: int) -> Decimal | None:
        """Return what *one* of *day* is; None without a rate."""
        if one.currency == self.currency:
            return one.amount
        if self.currency is None or self.rates is None:
            return None
        return self.rates.convert(one, self.currency, day)
