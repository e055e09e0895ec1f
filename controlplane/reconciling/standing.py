"""Documents in force, read once each: a registered text never changes its meaning."""

from functools import lru_cache

from sqlalchemy import Connection

from governance.document import stores as documents
from observability.objective import Objective, read_objective
from observability.reconciliation.document import Reconciliation, read_reconciliation
from rules.calendar import BusinessCalendar, read_calendar

KIND = "reconciliation"
_CACHED = 256
_objective = lru_cache(maxsize=_CACHED)(read_objective)
reconciliation_of = lru_cache(maxsize=_CACHED)(read_reconciliation)


@lru_cache(maxsize=_CACHED)
def _calendar(text: str) -> BusinessCalendar:
    return BusinessCalendar(read_calendar(text))


def calendars(state: Connection) -> dict[str, BusinessCalendar]:
    return {one.name: _calendar(one.body) for one in documents.list_active(state, "calendar")}


def objectives(state: Connection) -> dict[str, Objective]:
    return {one.name: _objective(one.body) for one in documents.list_active(state, "sla")}


def reconciliations(state: Connection) -> list[Reconciliation]:
    """Return the reconciliations in force, by name."""
    return [reconciliation_of(one.body) for one in documents.list_active(state, KIND)]
