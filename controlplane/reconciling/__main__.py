"""The process that reconciles: it yields to everything else, only reads, and may be killed."""

import os
import resource
import signal
import sys

from controlplane.child import end_with_parent
from controlplane.database import Databases, open_databases, reading
from controlplane.reconciling.order import Told, read_order, write_line
from controlplane.reconciling.running import find
from controlplane.telemetry import start_logging
from observability.reconciliation import stores
from observability.reconciliation.extract import ExtractError
from rules.calendar import CalendarError
from rules.document import DocumentError

NICENESS = 15


def main() -> None:
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us decides
    start_logging("warning")
    order = read_order(sys.stdin.buffer.readline())
    end_with_parent()
    databases = open_databases(order.folder, order.database_url, read_only=True)
    for id_ in order.runs:
        sys.stdout.buffer.write(write_line(told(databases, id_)))
        sys.stdout.buffer.flush()
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
