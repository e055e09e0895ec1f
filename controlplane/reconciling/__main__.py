"""The process that reconciles: it yields to everything else, only reads, and may be killed."""

import sys

from controlplane.beside import say, step_back
from controlplane.child import end_with_parent
from controlplane.database import Databases, open_databases, reading
from controlplane.reconciling.order import Told, read_order
from controlplane.reconciling.running import find
from observability.reconciliation import stores
from observability.reconciliation.extract import ExtractError
from rules.calendar import CalendarError
from rules.document import DocumentError


def main() -> None:
    step_back()
    order = read_order(sys.stdin.buffer.readline())
    end_with_parent()
    databases = open_databases(order.folder, order.database_url, read_only=True)
    for id_ in order.runs:
        say(told(databases, id_))
    databases.close()


def told(databases: Databases, id_: str) -> Told:
    """Return what the run *id_* found; a side that turns out to be no side fails it."""
    with reading(databases.state) as state:
        run = stores.get_run(state, id_)
    if run is None:
        return Told(run=id_, because="nobody asked for it")
    try:
        return Told(run=id_, finding=find(databases, run))
    except (ExtractError, DocumentError, CalendarError, LookupError) as error:
        return Told(run=id_, because=str(error))


if __name__ == "__main__":
    main()
