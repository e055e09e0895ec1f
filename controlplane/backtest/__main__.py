"""
The process of one backtest: it yields to everything else, only reads, and may be killed.

Its rules run in a process of its own, which ends with it; it ends with the one that started it.
"""

import base64
import resource
import sys
from contextlib import ExitStack

import msgspec
from sqlalchemy import Connection

from controlplane.backtest import stores
from controlplane.backtest.asked import Asked, Tried
from controlplane.backtest.finding import Finding
from controlplane.backtest.order import Order, Told, read_order
from controlplane.backtest.refused import Trial
from controlplane.backtest.running import OverError, run
from controlplane.backtest.trying import try_contract
from controlplane.beside import say, step_back
from controlplane.child import end_with_parent
from controlplane.database import Databases, open_databases
from controlplane.ruleprocess.supervisor import RuleProcesses

MEMORY_BYTES = 2 * 1024**3
BATCH_SECONDS = 60.0  # it waits behind everything else


def main() -> None:
    step_back()
    order = read_order(sys.stdin.buffer.readline())
    end_with_parent()
    with ExitStack() as stack:
        rules = None
        if isinstance(order.asked, Asked):
            rules = stack.enter_context(RuleProcesses(1, batch_seconds=BATCH_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        say(_outcome(order, rules))


def _outcome(order: Order, rules: RuleProcesses | None) -> Told:
    databases = open_databases(order.folder, order.database_url, read_only=True)
    try:
        found = _found(order, databases, rules)
    except OverError:
        return Told(because="it was cancelled")
    except MemoryError:
        return Told(because=f"it needs more than {MEMORY_BYTES // 1024**2} MB")
    finally:
        databases.close()
    return Told(finding=msgspec.to_builtins(found))


def _found(order: Order, databases: Databases, rules: RuleProcesses | None) -> Finding | Trial:
    def progress(done: int, all_: int) -> None:
        say(Told(cases=done, of=all_))

    def over(state: Connection) -> bool:
        return stores.is_over(state, order.id)

    if isinstance(order.asked, Tried):
        candidate = base64.b64decode(order.candidate)
        return try_contract(databases, order.asked, candidate, progress=progress, over=over)
    if rules is None:
        raise TypeError("rules are asked in a process of their own")
    return run(
        databases,
        rules,
        order.asked,
        order.candidate,
        cost_of_capital=order.cost_of_capital,
        progress=progress,
        over=over,
    )


if __name__ == "__main__":
    main()
