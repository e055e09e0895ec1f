"""Events of a small firm for the shipped pack: one case in five has no agreed rate."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any

import msgspec

BEGIN = datetime.now(UTC) - timedelta(hours=12)  # clocks run and none is due
WEEKS = 6
Event = dict[str, Any]
_numbers = count(1)  # never the same event twice in one process


def batches(events: int, size: int) -> list[bytes]:
    """Return *events* new events as JSON batches of *size*."""
    stream = _events()
    wanted = list(islice(stream, events))
    return [msgspec.json.encode(wanted[at : at + size]) for at in range(0, events, size)]


def unrated_week(case: str) -> list[Event]:
    """Return an engagement with a week of approved time for which no rate is agreed."""
    return [_recorded(case, 0), _week(case, 0)]


def _events() -> Iterator[Event]:
    while True:
        number = next(_numbers)
        case = f"B{number:06}"  # told in order: no event is older news of a customer than another
        yield _recorded(case, number % 50)
        yield _event("ps.engagement.signed", "contracts", f"{case}-s", 1, {
            "engagement_id": f"E-{case}", "signed_on": "2026-03-02",
        })  # fmt: skip
        if number % 5:
            yield _event("ps.rate.agreed", "contracts", f"{case}-r", 2, {
                "rate_id": f"R-{case}", "engagement_id": f"E-{case}", "role": "manager",
                "effective_from": "2026-01-01", "hourly_rate": _money("160.00"),
            })  # fmt: skip
        yield _event("ps.tax-profile.resolved", "tax", f"{case}-t", 3, {
            "tax_profile_id": f"C-{number % 50}.meridian-uk", "customer_id": f"C-{number % 50}",
            "legal_entity": "meridian-uk", "tax_status": "resolved", "jurisdiction": "GB",
        })  # fmt: skip
        for week in range(WEEKS):
            yield _week(case, week)


def _recorded(case: str, customer: int) -> Event:
    return _event("ps.engagement.recorded", "contracts", f"{case}-e", 0, {
        "engagement_id": f"E-{case}", "project_id": f"P-{case}", "opportunity_id": f"O-{case}",
        "customer_id": f"C-{customer}", "client_name": f"Client {customer}",
        "billing_model": "time-and-materials", "value": _money("48000.00"),
        "legal_entity": "meridian-uk", "tax_profile_id": f"C-{customer}.meridian-uk",
        "purchase_order_required": False,
    })  # fmt: skip


def _week(case: str, week: int) -> Event:
    return _event("ps.timesheet.approved", "time", f"{case}-{week}", 4 + week, {
        "timesheet_id": f"TS-{case}-{week}", "project_id": f"P-{case}", "worker_id": "W-1",
        "role": "manager", "work_date": "2026-03-02", "week_ending": "2026-03-08",
        "hours": 37.5, "billable": True, "status": "approved", "amount": _money("6000.00"),
    })  # fmt: skip


def _event(type_: str, source: str, id_: str, hour: int, data: Event) -> Event:
    return {
        "specversion": "1.0",
        "type": f"{type_}.v1",
        "source": f"urn:{source}",
        "id": id_,
        "time": (BEGIN + timedelta(hours=hour)).isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }


def _money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "GBP"}
