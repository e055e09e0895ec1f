"""
What exceptions hold, a few engagements at a time: added up, it is what all of them hold.

What has waited adds a day at the time of the day since which it waits. In between it is the same,
and is not reckoned again.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from governance.exception.at_risk import AtRisk, Held, Waits, amount_days, costs
from rules.money import add, total

_DAY = timedelta(days=1)
_ALWAYS = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class _Waited(NamedTuple):
    """Amount times whole days, a currency, from an instant until before another."""

    since: datetime
    until: datetime
    amount_days: Mapping[str, Decimal]


class Tally:
    """What a few engagements hold, and what of it has waited for how long."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self._waited = _Waited(*_ALWAYS[::-1], {})

    def amount_days(self, at: datetime) -> Mapping[str, Decimal]:
        known = self._waited
        if not known.since <= at < known.until:
            known = self._waited = _waited(self.held.waiting, at)
        return known.amount_days


class Tallies:
    """
    The *most* that were told last.

    What each is known by tells all that it came of. Threads share them: what two of them reckon
    at once is the same.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[Hashable, Tally] = {}

    def get(self, known_by: Hashable) -> Tally | None:
        return self._kept.get(known_by)

    def keep(self, known_by: Hashable, tally: Tally) -> Tally:
        if len(self._kept) >= self._most:
            self._kept = dict(islice(self._kept.copy().items(), self._most // 2, None))
        self._kept[known_by] = tally
        return tally


def summed(tallies: Iterable[Tally], *, at: datetime, cost_of_capital: Decimal) -> AtRisk:
    """Return the three figures of all *tallies* as of *at*."""
    those = list(tallies)
    waited: dict[str, Decimal] = defaultdict(Decimal)
    for one in those:
        for currency, days in one.amount_days(at).items():
            waited[currency] = add(waited[currency], days)
    return AtRisk(
        blocked=total(money for one in those for money in one.held.blocked),
        delayed_cash=costs(waited, cost_of_capital),
        exposure=total(money for one in those for money in one.held.exposure),
    )


def _waited(waiting: Sequence[Waits], at: datetime) -> _Waited:
    since, until = _ALWAYS
    for _, begun in waiting:
        days = (at - begun).days
        until = min(until, begun + max(days + 1, 1) * _DAY)
        if days > 0:
            since = max(since, begun + days * _DAY)
    return _Waited(since, until, amount_days(waiting, at))
