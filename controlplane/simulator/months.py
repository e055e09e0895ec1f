"""The months of a legal entity: opened, cut off, billed, reconciled, closed, at times reopened."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from controlplane.simulator.faults import (
    MONTH_BILLED_LATE,
    MONTH_NOT_RECONCILED,
    fault_of_month,
)
from controlplane.simulator.firm import CURRENCY, Firm
from controlplane.simulator.report import Report, cloud_event
from controlplane.simulator.truth import CLOCK, DEPARTURE, Finding, Injected, Kind
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
_SLAS = ("time-closed-to-billing-completed", "time-closed-to-books-closed")
_BILLED, _LATE_BY = 3, 3
"""The working day on which a month is billed, and how many later when it is late."""
_REOPENED_MONTHS = (3, 6, 9, 12)


def months_opened(tag: str, at: datetime) -> Iterator[Report]:
    """Yield the opening of the month that runs *at* the beginning of the story."""
    for entity in CURRENCY:
        yield _report(tag, entity, at.date().replace(day=1), "opened", "erp", at, {})


def month_ends(
    firm: Firm, day: date, working: Working, faults: tuple[str, ...] = ()
) -> Iterator[Report | Injected]:
    """
    Yield what is told of the months that end and begin on *day*, the first of a month, and the
    truth of what goes wrong in those that end.
    """
    if day.day != _FIRST:
        return
    tag, before = firm.tag, (day - timedelta(days=1)).replace(day=1)
    for entity in CURRENCY:
        opened = working.at(day, 7)
        yield _report(tag, entity, day, "opened", "erp", opened, {})
        fault = fault_of_month(firm.seed, f"{entity}:{day}", faults)
        closing = [
            _report(
                tag, entity, before, what, system, _told_at(working, day, place, hour, fault), data
            )
            for what, system, place, hour, data in _CLOSING
            if (what, fault) != ("reconciled", MONTH_NOT_RECONCILED)
        ]
        yield from closing
        if fault is not None:
            yield _amiss(fault, _key(tag, entity, before), closing[-1].at)
        if before.month in _REOPENED_MONTHS and entity == min(CURRENCY):
            for what, system, place, hour, data in _AGAIN:
                at = _told_at(working, day, place, hour, fault)
                yield _report(tag, entity, before, what, system, at, data, time="again")


def _told_at(working: Working, day: date, place: int, hour: int, fault: str | None) -> datetime:
    """Return when it is told; a bill run that is late holds up what comes after it."""
    late = _LATE_BY if fault == MONTH_BILLED_LATE and place >= _BILLED else 0
    return working.at(_working_day(day, place + late, working), hour)


def _amiss(fault: str, key: str, at: datetime) -> Injected:
    seen: tuple[tuple[Kind, str, str], ...] = tuple((CLOCK, sla, "") for sla in _SLAS)
    if fault == MONTH_NOT_RECONCILED:
        seen = ((DEPARTURE, "out-of-order", "period-closed"),)
    found = (
        Finding(kind=kind, name=name, object=object_, visible_at=at, process="month-end", case=key)
        for kind, name, object_ in seen
    )
    return Injected(fault=fault, keys=(key,), at=at, finds=tuple(found))


def _key(tag: str, entity: str, month: date) -> str:
    return f"P-{tag}-{entity}-{month:%Y-%m}"


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
    key = _key(tag, entity, month)
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
