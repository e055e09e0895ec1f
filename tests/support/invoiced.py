"""Forty days of approved time of which every fourth is invoiced late: a history to tell from."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from timework import approved

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATE_EVERY = 4
SATURDAY = 5


def step(number: int, activity: str, at: datetime) -> dict[str, Any]:
    return {
        **approved(f"{activity}-{number}", f"E-{number}"),
        "time": at.isoformat(),
        "bizprocess": "time-to-invoice",
        "bizcase": f"E-{number}",
        "bizactivity": activity,
    }


def history(usual: timedelta = timedelta(hours=4)) -> Iterator[dict[str, Any]]:
    """Yield cases of forty days, invoiced in the *usual* time; every fourth a week after: late."""
    days = [day for day in range(56) if (START + timedelta(days=day)).weekday() < SATURDAY]
    for number, day in enumerate(days):
        began = START + timedelta(days=day, minutes=-10)
        took = timedelta(days=7) if number % LATE_EVERY == 0 else usual
        yield step(number, "timesheet-approved", began)
        yield step(number, "invoice-issued", began + took)
