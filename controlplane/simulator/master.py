"""What changes in the firm's master data from day to day, whatever is sold."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from msgspec.structs import replace

from controlplane.simulator.firm import (
    ROLES,
    Client,
    Firm,
    Worker,
    client_data,
    hired,
    provisioned,
)
from controlplane.simulator.report import Report
from controlplane.simulator.working import Working

_HOUR = 15.7
_STARTS = timedelta(weeks=2)
_READY = timedelta(minutes=20)


def told_daily(firm: Firm, day: date, working: Working) -> Iterator[Report]:
    """Yield that a client goes by another name on *day*, and that somebody is hired."""
    at = working.at(day, _HOUR)
    client, somebody = _drawn(firm, day)
    [renamed] = client_data(replace(client, name=f"{client.name} {day:%y%m%d}"), at)
    yield replace(renamed, id=f"{renamed.id}:{day}")
    starts = working.first_day(day + _STARTS)
    yield hired(somebody, at, starts=starts)
    yield provisioned(somebody, at + _READY)


def people(firm: Firm, since: date, day: date, working: Working) -> Iterator[Worker]:
    """Yield who works in *firm* on *day*: those of old, and who was hired from *since* on."""
    yield from firm.workers
    while working.first_day(since + _STARTS) <= day:
        if working.works(since):
            yield _drawn(firm, since)[1]
        since += timedelta(days=1)


def _drawn(firm: Firm, day: date) -> tuple[Client, Worker]:
    """Return the client that is renamed on *day*, and who is hired."""
    rng = Random(f"master:{firm.tag}:{day}")  # noqa: S311 - a story, not a secret
    client = rng.choice(firm.clients)
    somebody = Worker(
        worker_id=f"W-{firm.tag}-N{day:%y%m%d}",
        role=rng.choice(ROLES),
        office=rng.choice(("london", "amsterdam")),
    )
    return client, somebody
