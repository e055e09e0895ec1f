"""What is open of a month now: unbilled time, blocked money, books that do not agree."""

from datetime import datetime

from sqlalchemy import Connection

from controlplane import kpis
from controlplane.monthend import stores
from controlplane.monthend.opened import Checked, OpenLine, month_of
from controlplane.reconciling.standing import reconciliations
from observability.reconciliation import stores as runs
from observability.reconciliation.document import Reconciliation
from observability.reconciliation.run import KeptBreak, Run
from rules.money import total

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


def checked(connection: Connection, entity: str, period: str) -> list[Checked]:
    """Return every reconciliation in force as its last run left it for *entity*."""
    _, end = month_of(period)
    return [
        _checked(connection, one, runs.latest(connection, one.reconciliation), entity, end)
        for one in reconciliations(connection)
    ]


def _checked(
    connection: Connection, one: Reconciliation, last: Run | None, entity: str, end: datetime
) -> Checked:
    found = [] if last is None else _breaks(connection, last, end)
    whose = stores.entities_of(connection, [kept.exception for kept in found if kept.exception])
    own = [kept for kept in found if whose.get(kept.exception or "") == entity]
    unplaced = [kept for kept in found if not whose.get(kept.exception or "")]
    return Checked(
        reconciliation=one.reconciliation,
        title=one.title,
        owner=one.owner,
        state=_state(last, broken=bool(own or unplaced)),
        broken=len(own),
        unplaced=len(unplaced),
        money=total(amount for kept in (*own, *unplaced) for amount in kept.broken.money),
        ended_at=last.ended_at if last else None,
    )


def _breaks(connection: Connection, last: Run, end: datetime) -> list[KeptBreak]:
    """Return what the run found of before *end*, what is on its way left out."""
    return [
        kept
        for kept in runs.all_breaks(connection, last.breaks_of or last.id)
        if kept.broken.kind != "timing" and (kept.broken.since is None or kept.broken.since < end)
    ]


def _state(last: Run | None, *, broken: bool) -> str:
    if last is None or last.verdict is None:
        return NEVER_RUN
    if last.verdict == "breaks" and not broken:
        return "reconciled"
    return last.verdict
