"""
Money at risk of a thousand random engagements, against a calculation of its own.

The other calculation knows nothing of `at_risk`: it works in whole hundredths, one engagement
at a time, from a table of what each line is held up by.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from random import Random

import msgspec
import pytest

from governance.exception.at_risk import at_risk
from rules.money import Money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CURRENCIES = ("EUR", "GBP", "USD")
ENGAGEMENTS = 1_000


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    engagement: str
    line: str
    instance: str = "i-1"
    type: str = "RATE_MISSING"
    blocked: Money | None = None
    exposure: Money | None = None
    remaining: Money | None = None
    delayed_since: datetime | None = None
    resolved_at: datetime | None = None
    changed_at: datetime = NOON


def firm(seed: int) -> list[Broken]:
    """Return exceptions that overlap: several rules on a line, in one or two currencies."""
    draw, broken = Random(seed), []
    for number in range(ENGAGEMENTS):
        left = {code: draw.choice([None, draw.randint(0, 900_00)]) for code in CURRENCIES}
        codes = draw.sample(CURRENCIES, draw.choice([1, 1, 2]))
        for each in range(draw.randint(0, 7)):
            code, about = draw.choice(codes), f"TS-{draw.randint(1, 4)}"
            kind = draw.choice(["blocked", "blocked", "exposed", "both", "burn", "bare"])
            amount = hundredths(draw.randint(0, 500_00), code)
            remaining = left[code]
            broken.append(
                Broken(
                    id=f"{number}-{each}",
                    engagement=f"E-{number}",
                    line=f"{about}-{code}",
                    type="BURN_OVER_CAP" if kind == "burn" else "RATE_MISSING",
                    blocked=amount if kind in {"blocked", "both"} else None,
                    exposure=amount if kind in {"exposed", "both", "burn"} else None,
                    remaining=None if remaining is None else hundredths(remaining, code),
                    delayed_since=draw.choice([None, NOON - timedelta(days=draw.randint(0, 90))]),
                )
            )
    draw.shuffle(broken)
    return [*broken, *draw.sample(broken, len(broken) // 3)]  # told twice


def hundredths(amount: int, code: str) -> Money:
    return Money(amount=Decimal(amount) / 100, currency=code)


def worked_out(broken: list[Broken]) -> tuple[Counter, Counter, dict[str, Fraction]]:
    """Return blocked and exposed hundredths, and what waiting costs, by currency."""
    blocked, exposed, waiting = Counter(), Counter(), dict.fromkeys(CURRENCIES, Fraction())
    engagements: dict[str, list[Broken]] = {}
    for one in broken:
        engagements.setdefault(one.engagement, []).append(one)
    for ours in engagements.values():
        for code in CURRENCIES:
            held = largest(ours, "blocked", code)
            over = largest(ours, "exposure", code)
            left = {
                int(one.remaining.amount * 100)
                for one in ours
                if one.blocked and one.blocked.amount and one.remaining
                if one.blocked.currency == code
            }
            sum_of_lines = sum(held.values())
            fits = min([sum_of_lines, *left])
            blocked[code] += fits
            exposed[code] += sum(over.values())
            if not any(
                o.type == "BURN_OVER_CAP"
                and o.exposure
                and o.exposure.amount
                and o.exposure.currency == code
                for o in ours
            ):
                exposed[code] += sum_of_lines - fits
            for line, amount in held.items():
                days = [
                    (NOON - one.delayed_since).days
                    for one in ours
                    if one.line == line and one.blocked and one.blocked.amount and one.delayed_since
                ]
                waiting[code] += Fraction(amount * max(days, default=0) * 8, 100 * 365 * 100)
    return blocked, exposed, waiting


def largest(ours: list[Broken], figure: str, code: str) -> dict[str, int]:
    amounts: dict[str, int] = {}
    for one in ours:
        money = getattr(one, figure)
        if money is not None and money.currency == code and money.amount:
            amounts[one.line] = max(amounts.get(one.line, 0), int(money.amount * 100))
    return amounts


def to_the_cent(cost: Fraction) -> Decimal:
    exact = Decimal(cost.numerator) / Decimal(cost.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_thousand_engagements_come_to_what_another_calculation_makes_of_them(seed: int):
    broken = firm(seed)
    blocked, exposed, waiting = worked_out(broken)
    figures = at_risk(broken, at=NOON)
    assert {m.currency: m.amount for m in figures.blocked} == in_money(blocked)
    assert {m.currency: m.amount for m in figures.exposure} == in_money(exposed)
    assert {m.currency: m.amount for m in figures.delayed_cash} == {
        code: to_the_cent(cost) for code, cost in waiting.items()
    }


def in_money(hundredths_of: Counter) -> dict[str, Decimal]:
    return {code: Decimal(amount) / 100 for code, amount in hundredths_of.items()}
