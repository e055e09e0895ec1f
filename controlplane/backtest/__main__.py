"""
The process of one backtest: it yields to everything else, only reads, and may be killed.

Its rules run in a process of its own, which ends with it; it ends with the one that started it.
"""

import os
import resource
import signal
import sys

from controlplane.backtest import stores
from controlplane.backtest.order import Order, Told, read_order, write_line
from controlplane.backtest.running import OverError, run
from controlplane.child import end_with_parent
from controlplane.database import open_databases
from controlplane.ruleprocess.supervisor import RuleProcesses
from controlplane.telemetry import start_logging

NICENESS = 15
MEMORY_BYTES = 2 * 1024**3
BATCH_SECONDS = 60.0  # it waits behind everything else


def main() -> None:
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; who started us decides
    start_logging("warning")
    order = read_order(sys.stdin.buffer.readline())
    end_with_parent()
    with RuleProcesses(1, batch_seconds=BATCH_SECONDS) as rules:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        tell(_outcome(order, rules))


def _outcome(order: Order, rules: RuleProcesses) -> Told:
    databases = open_databases(order.folder, order.database_url, read_only=True)
    try:
        found = run(
            databases,
            rules,
            order.asked,
            order.candidate,
            cost_of_capital=order.cost_of_capital,
            progress=lambda done, all_: tell(Told(cases=done, of=all_)),
            over=lambda state: stores.is_over(state, order.id),
        )
    except OverError:
        return Told(because="it was cancelled")
    except MemoryError:
        return Told(because=f"it needs more than {MEMORY_BYTES // 1024**2} MB")
    finally:
        databases.close()
    return Told(finding=found)


def tell(said: Told) -> None:
    sys.stdout.buffer.write(write_line(said))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
