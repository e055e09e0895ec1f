"""What is open of a month now: unbilled time, blocked money, books that do not agree."""

from datetime import datetime

from sqlalchemy import Connection

from controlplane import kpis
from controlplane.monthend import stores
from controlplane.monthend.opened import Checked, OpenLine, month_of
from controlplane.reconciling.standing import reconciliations
from observability.reconciliation import stores as runs

KPI = "unbilled-approved-time"
NEVER_RUN = "never_run"


def lines(connection: Connection, entity: str, period: str) -> list[OpenLine]:
    """Return what is open of *entity* from before the end of *period*, the oldest first."""
    _, end = month_of(period)
    found = stores.blockers(connection, entity, before=end)
    for one in kpis.kpis(connection):
        if one.kpi == KPI:
            measure = one.shown_by
            found += stores.unbilled(connection, one.process, measure, entity, before=end)
    return sorted(found, key=lambda line: (line.since, line.id))


def checked(connection: Connection) -> list[Checked]:
    """Return every reconciliation in force as its last run left it."""
    found = []
    for one in reconciliations(connection):
        last = runs.latest(connection, one.reconciliation)
        ended: datetime | None = last.ended_at if last else None
        found.append(
            Checked(
                reconciliation=one.reconciliation,
                title=one.title,
                owner=one.owner,
                state=(last.verdict if last else None) or NEVER_RUN,
                broken=last.broken if last else 0,
                money=list(last.money) if last else [],
                ended_at=ended,
            )
        )
    return found
