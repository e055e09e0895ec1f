"""The months of a legal entity: opened, cut off, billed, reconciled, closed, at times reopened."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from controlplane.simulator.firm import CURRENCY
from controlplane.simulator.report import Report, cloud_event
from controlplane.simulator.working import Working

_FIRST = 1
_Told = tuple[str, str, int, int, dict[str, Any]]
"""(what, system, working day of the next month, hour, data)"""
_CLOSING: tuple[_Told, ...] = (
    ("time-closed", "time", 1, 12, {"timesheets_missing": 0}),
    ("billing-completed", "erp", 3, 16, {}),
    ("reconciled", "erp", 4, 11, {"differences": 0}),
    ("closed", "erp", 5, 15, {"signed_by": "financial controller"}),
)
_AGAIN: tuple[_Told, ...] = (
    ("reopened", "erp", 6, 10, {"cause": "an invoice of another month"}),
    ("reconciled", "erp", 6, 14, {"differences": 0}),
    ("closed", "erp", 6, 16, {"signed_by": "financial controller"}),
)
_REOPENED_MONTHS = (3, 6, 9, 12)


def months_opened(tag: str, at: datetime) -> Iterator[Report]:
    """Yield the opening of the month that runs *at* the beginning of the story."""
    for entity in CURRENCY:
        yield _report(tag, entity, at.date().replace(day=1), "opened", "erp", at, {})


def month_ends(tag: str, day: date, working: Working) -> Iterator[Report]:
    """Yield what is told of the months that end and begin on *day*, the first of a month."""
    if day.day != _FIRST:
        return
    before = (day - timedelta(days=1)).replace(day=1)
    for entity in CURRENCY:
        opened = working.at(day, 7)
        yield _report(tag, entity, day, "opened", "erp", opened, {})
        for what, system, place, hour, data in _CLOSING:
            at = working.at(_working_day(day, place, working), hour)
            yield _report(tag, entity, before, what, system, at, data)
        if before.month in _REOPENED_MONTHS and entity == min(CURRENCY):
            for what, system, place, hour, data in _AGAIN:
                at = working.at(_working_day(day, place, working), hour)
                yield _report(tag, entity, before, what, system, at, data, time="again")


def _working_day(first: date, place: int, working: Working) -> date:
    """Return the *place*th working day from *first* on."""
    day = working.first_day(first)
    for _ in range(place - 1):
        day = working.first_day(day + timedelta(days=1))
    return day


def _report(  # noqa: PLR0913, PLR0917 - whose month, and what was said of it when
    tag: str,
    entity: str,
    month: date,
    what: str,
    system: str,
    at: datetime,
    data: dict[str, Any],
    *,
    time: str = "",
) -> Report:
    key = f"P-{tag}-{entity}-{month:%Y-%m}"
    days = {"billing-completed": "completed_on", "time-closed": "closed_on"}
    told = {
        "period_id": key,
        "legal_entity": entity,
        "period": f"{month:%Y-%m}",
        days.get(what, f"{what}_on"): f"{at:%Y-%m-%d}",
        **data,
    }
    name = f"{key}-{time}" if time else key
    return cloud_event(system, f"ps.period.{what}", name, at, told, subject=key)
