"""What would have been said, day by day, of the promises of a process."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from observability.forecast.calibration import Said
from observability.forecast.past import past_forecasts
from observability.forecast.stores import latest
from observability.objective import Objective
from rules.calendar import BusinessCalendar
from rules.instant import to_micros

_HELD_BACK = 20_000


def said(  # noqa: PLR0913 - of whom, by what, and between which instants
    connection: Connection,
    process: str,
    objectives: Sequence[Objective],
    calendars: Mapping[str, BusinessCalendar],
    *,
    since: datetime,
    until: datetime,
) -> Iterator[Said]:
    """Yield what would have been said from *since* to *until*, beside what came."""
    for one in objectives:
        begun = latest(
            connection,
            process,
            [one.sla],
            before=to_micros(until),
            calendars=calendars,
            most=_HELD_BACK,
        )
        yield from past_forecasts(begun[one.sla], since=since, until=until, calendars=calendars)
