"""
The process of one backtest: it yields to everything else, only reads, and may be killed.

Its rules run in a process of its own, which ends with it; it ends with the one that started it.
"""

import resource
import sys

from controlplane.backtest import stores
from controlplane.backtest.order import Order, Told, read_order
from controlplane.backtest.running import OverError, run
from controlplane.beside import say, step_back
from controlplane.child import end_with_parent
from controlplane.database import open_databases
from controlplane.ruleprocess.supervisor import RuleProcesses

MEMORY_BYTES = 2 * 1024**3
BATCH_SECONDS = 60.0  # it waits behind everything else


def main() -> None:
    step_back()
    order = read_order(sys.stdin.buffer.readline())
    end_with_parent()
    with RuleProcesses(1, batch_seconds=BATCH_SECONDS) as rules:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        say(_outcome(order, rules))


def _outcome(order: Order, rules: RuleProcesses) -> Told:
    databases = open_databases(order.folder, order.database_url, read_only=True)
    try:
        found = run(
            databases,
            rules,
            order.asked,
            order.candidate,
            cost_of_capital=order.cost_of_capital,
            progress=lambda done, all_: say(Told(cases=done, of=all_)),
            over=lambda state: stores.is_over(state, order.id),
        )
    except OverError:
        return Told(because="it was cancelled")
    except MemoryError:
        return Told(because=f"it needs more than {MEMORY_BYTES // 1024**2} MB")
    finally:
        databases.close()
    return Told(finding=found)


if __name__ == "__main__":
    main()
