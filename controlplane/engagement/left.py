"""What an engagement has left to bill: its value less what is invoiced."""

from collections.abc import Mapping
from decimal import Decimal

from rules.money import Money, subtract, total


def left_to_bill(amount: Money | None, figures: Mapping[str, list[Money]]) -> Money | None:
    """Return *amount* less what is invoiced by *figures*, when both are in one currency."""
    if amount is None:
        return None
    invoiced = figures.get("invoiced", [])
    if any(one.currency != amount.currency for one in invoiced):
        return None
    billed = next((one.amount for one in total(invoiced)), Decimal(0))
    return Money(amount=max(subtract(amount.amount, billed), Decimal(0)), currency=amount.currency)
