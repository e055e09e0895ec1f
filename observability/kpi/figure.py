"""
What a KPI comes to: in a window, in the windows before it, and told apart.

What cannot be worked out is never nought: it says what is missing.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import msgspec

from observability.kpi.countback import count_back
from observability.kpi.document import Kpi
from observability.kpi.formula import Term, divisors, work_out
from observability.kpi.reckoning import Reckoning
from observability.kpi.series import Series, Span
from rules.instant import EPOCH

POINTS = 12
BOUNDS = (30, 60, 90)
_CENT = Decimal("0.01")
_SEVERAL = "several currencies and no rates: name one in `currency`, or ask `by=currency`"


class KpiValue(msgspec.Struct, frozen=True, kw_only=True):
    """
    `value` is null where something is missing: `because` says what. Money of `unconverted`
    currencies is not in it, for want of a rate on its day.
    """

    value: Decimal | None = None
    because: str | None = None
    unconverted: tuple[str, ...] = ()


class KpiPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The KPI of the window from the day `since` to the day `until`."""

    since: date
    until: date
    value: Decimal | None


class KpiGroup(KpiValue, frozen=True, kw_only=True):
    """`of` is the client, practice, region or currency; "" where the cases say none."""

    of: str


class Aged(msgspec.Struct, frozen=True, kw_only=True):
    """
    What has stood open for more than `over` days and at most `up_to`; null: any more. `currency`
    where it is money.
    """

    over: int
    up_to: int | None
    value: Decimal
    currency: str | None = None


def work(kpi: Kpi, series: Mapping[str, Series], span: Span, reckoning: Reckoning) -> KpiValue:
    """Return what *kpi* comes to in *span*; *series* has every measure that it reads."""
    money = {code for name in kpi.measures for code in series[name].currencies}
    if money and reckoning.currency is None:
        if len(money) > 1:
            return KpiValue(because=_SEVERAL, unconverted=tuple(sorted(money)))
        reckoning = Reckoning(currency=next(iter(money)))
    without = frozenset[str]().union(
        *(series[name].unconverted(reckoning, span.last) for name in kpi.measures)
    )
    left_out = tuple(sorted(without))
    if money and not money - without:
        told = ", ".join(left_out)
        return KpiValue(because=f"no rate of {told} to {reckoning.currency}", unconverted=left_out)
    values: dict[Term, Decimal] = {}
    for term in kpi.terms:
        found = _read(term, series, span, reckoning, without)
        if found is None:
            return KpiValue(because=f"not enough data: no {term.measure} in this window")
        values[term] = found
    value = work_out(kpi.formula, values, days=span.last - span.first + 1)
    if value is None:
        nothing = ", ".join(one.measure for one in divisors(kpi.formula))
        return KpiValue(because=f"not enough data: no {nothing} in this window")
    return KpiValue(value=rounded(value), unconverted=left_out)


def _read(
    term: Term,
    series: Mapping[str, Series],
    span: Span,
    reckoning: Reckoning,
    without: frozenset[str],
) -> Decimal | None:
    one = series[term.measure]
    if not term.off:
        return one.read(term.reading, span, reckoning, without)
    whole, *off = (
        series[name].read("ever", span, reckoning, without) or Decimal()
        for name in (term.measure, *term.off)
    )
    return count_back(one, whole - sum(off), span.last, reckoning, without)


def trend(
    kpi: Kpi, series: Mapping[str, Series], span: Span, reckoning: Reckoning
) -> list[KpiPoint]:
    """Return *kpi* in the windows before *span* and in *span*, the first first."""
    length = span.last - span.first + 1
    found = []
    for back in reversed(range(POINTS)):
        one = Span(span.first - back * length, span.last - back * length, span.now and not back)
        value = work(kpi, series, one, reckoning).value
        found.append(KpiPoint(since=day_of(one.first), until=day_of(one.last), value=value))
    return found


def ages(kpi: Kpi, series: Mapping[str, Series], span: Span, reckoning: Reckoning) -> list[Aged]:
    """Return what stands open by its age, when the KPI is about something that stands."""
    one = series[kpi.shown_by]
    if not one.standing or not span.now:
        return []
    reckoning = reckoning if reckoning.currency else Reckoning(currency=_only(one.currencies))
    told = one.open_on(span.last, reckoning, one.unconverted(reckoning, span.last))
    edges = [(-1, BOUNDS[0]), *zip(BOUNDS, [*BOUNDS[1:], None], strict=True)]
    return [
        Aged(
            over=max(over, 0),
            up_to=up_to,
            currency=reckoning.currency if one.sums else None,
            value=rounded(
                sum((v for d, v in told if over < d and (up_to is None or d <= up_to)), Decimal())
            ),
        )
        for over, up_to in edges
    ]


def meets(kpi: Kpi, value: Decimal | None, currency: str | None) -> bool | None:
    """Whether *value* is as good as the target; None where one of them is not there."""
    target = kpi.target
    if target is None or value is None or (target.currency and target.currency != currency):
        return None
    return value >= target.value if kpi.better == "higher" else value <= target.value


def currency_of(kpi: Kpi, series: Mapping[str, Series], reckoning: Reckoning) -> str | None:
    """Return the currency in which *kpi* is told; None when it is no money."""
    if kpi.unit != "money":
        return None
    money = frozenset[str]().union(*(series[name].currencies for name in kpi.measures))
    return reckoning.currency or _only(money)


def rounded(value: Decimal) -> Decimal:
    return value.quantize(_CENT, rounding=ROUND_HALF_EVEN)


def day_of(day: int) -> date:
    return EPOCH.date() + timedelta(days=day)


def _only(codes: Iterable[str]) -> str | None:
    those = list(codes)
    return those[0] if len(those) == 1 else None
