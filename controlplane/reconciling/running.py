"""A run on an installation: it only reads, and what it finds is told to the log afterwards."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from controlplane.database import Databases, reading
from controlplane.reconciling.opening import Opening
from controlplane.reconciling.patience import grace_of
from controlplane.reconciling.raising import ruleset_of
from controlplane.reconciling.standing import KIND, objectives, reconciliation_of
from controlplane.registered import calendars
from governance.document import stores as documents
from governance.exception import stores as exceptions
from observability.reconciliation.document import Reconciliation
from observability.reconciliation.finding import Finding
from observability.reconciliation.reconciling import reconcile
from observability.reconciliation.run import Run


def find(databases: Databases, run: Run) -> Finding:
    """Return what *run* finds, in one snapshot; whatever was told before it was asked is seen."""
    with reading(databases.state) as state, reading(databases.log) as log:
        document = document_of(state, run)
        business = calendars(state)
        opening = Opening(
            state=state, log=log, document=document, calendars=business, at=run.asked_at
        )
        standing = exceptions.unresolved_of_ruleset(state, ruleset_of(run.reconciliation))
        with TemporaryDirectory(prefix="reconciliation-") as folder:
            return reconcile(
                document,
                opening.sides(),
                Path(folder),
                grace=grace_of(document, objectives(state), business),
                standing=frozenset((one.rule, one.occurrence) for one in standing),
            )


def document_of(state: Connection, run: Run) -> Reconciliation:
    """Return the version that *run* was asked of; raise `LookupError` when it is gone."""
    found = documents.get_document(state, KIND, run.reconciliation, run.version)
    if found is None:
        raise LookupError(f"no reconciliation {run.reconciliation} {run.version}")
    return reconciliation_of(found.body)
