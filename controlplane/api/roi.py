"""What became better since a chosen date: figures before and after it, with what they rest on."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from controlplane import kpis as working
from controlplane import registered
from controlplane.api import documents as governed
from controlplane.api.problem import invalid
from controlplane.api.query import AsOf, instant_of
from controlplane.api.wiring import Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.roi import (
    KPIS,
    Compared,
    Documents,
    around,
    of_forecasts,
    of_kpis,
    of_reconciliations,
)

Split = Annotated[
    str,
    QueryParameter(
        pattern="^20[0-9]{2}-[0-9]{2}-[0-9]{2}$", description="The first day that counts as after."
    ),
]
Days = Annotated[int, QueryParameter(ge=1, le=366, description="How many days on either side.")]

Forecasts = Annotated[
    bool, QueryParameter(description="Tell how the forecasts of these days came true, too.")
]


class Roi(msgspec.Struct, frozen=True, kw_only=True):
    """Each of `items` compares the `days` before `split` with those from it on, up to `as_of`."""

    split: date
    days: int
    as_of: datetime
    items: list[Compared]


@get("/v1/roi", operation_id="get_roi", tags=["KPIs"], sync_to_thread=True, role=Role.VIEWER)
def get_roi(  # noqa: PLR0913 (one argument a query parameter)
    runtime: Wired,
    split: Split,
    *,
    days: Days = 30,
    process: FromQuery[str | None] = None,
    forecasts: Forecasts = False,
    as_of: AsOf = None,
) -> Roi:
    """Set-up and cycle times, recovery, breaks and, if asked, forecasts before and after a date."""
    at = instant_of(as_of)
    before, after = around(_day(split, at), days, at=at)
    with reading(runtime.databases.state) as connection:
        known = {one.kpi: one for one in working.kpis(connection, process) if one.kpi in KPIS}
        items = of_kpis(connection, sorted(known, key=KPIS.index), before, after)
        items.append(of_reconciliations(connection, before, after))
        if forecasts:
            calendars = registered.calendars(connection)
            processes = {process} if process else {one.process for one in known.values()}
            documents = [
                Documents(
                    name,
                    [one.sla for one in governed.objectives_of(connection, name)],
                    calendars,
                )
                for name in sorted(processes)
            ]
            items.append(of_forecasts(connection, documents, before, after))
    return Roi(split=before.until.date(), days=days, as_of=at, items=items)


def _day(text: str, at: datetime) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise invalid("/split", f"{text!r} is no day.", status=400) from error
    if found > at.date():
        raise invalid("/split", f"{text} is still to come: nothing is after it.", status=400)
    return found


HANDLERS = [get_roi]
