"""Documents in force, read once each: a registered text never changes its meaning."""

from functools import lru_cache

from sqlalchemy import Connection

from controlplane.registered import objective_of
from governance.document import stores as documents
from observability.objective import Objective
from observability.reconciliation.document import Reconciliation, read_reconciliation

KIND = "reconciliation"
reconciliation_of = lru_cache(maxsize=256)(read_reconciliation)


def objectives(state: Connection) -> dict[str, Objective]:
    return {one.name: objective_of(one.body) for one in documents.list_active(state, "sla")}


def reconciliations(state: Connection) -> list[Reconciliation]:
    """Return the reconciliations in force, by name."""
    return [reconciliation_of(one.body) for one in documents.list_active(state, KIND)]
