"""The hours that people have in a week: what HR plans on its Monday."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random

from controlplane.simulator.firm import Worker
from controlplane.simulator.report import Report, cloud_event
from controlplane.simulator.working import Working

CAPACITY = "ps.worker.capacity"
_DAILY = 7.5
_HOUR = 7.5
_AWAY = 0.12
"""The share of weeks in which somebody has leave, or is ill."""


def planned(workers: Iterable[Worker], monday: date, working: Working) -> Iterator[Report]:
    """Yield the hours of *workers* in the week of *monday*."""
    days = [monday + timedelta(days=number) for number in range(5)]
    holiday = _DAILY * sum(not working.works(day) for day in days)
    at = working.at(monday, _HOUR)
    for one in workers:
        rng = Random(f"capacity:{one.worker_id}:{monday}")  # noqa: S311 - a story, not a secret
        contracted = _DAILY * len(days)
        away = _DAILY * rng.randint(1, 5) if rng.random() < _AWAY else 0.0
        leave = min(away, contracted - holiday)
        key = f"{one.worker_id}.{monday:%G-W%V}"
        data = {
            "capacity_id": key,
            "worker_id": one.worker_id,
            "from_on": monday.isoformat(),
            "to_on": (monday + timedelta(days=6)).isoformat(),
            "contracted_hours": contracted,
            "leave_hours": leave,
            "holiday_hours": holiday,
            "available_hours": contracted - holiday - leave,
            "office": one.office,
        }
        yield cloud_event("hcm", CAPACITY, key, at, data)
