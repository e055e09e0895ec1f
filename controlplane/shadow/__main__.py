"""
The process that compares: it yields to everything else, only reads, and may be killed.

Its rules run in a process of its own. It ends at once when nobody tells it anything any more.
"""

import os
import signal

from controlplane.beside import orders, say, step_back
from controlplane.database import open_databases, reading
from controlplane.gate.standing import InForce
from controlplane.pipeline.remembering import Remembering
from controlplane.ruleprocess.supervisor import RuleProcesses
from controlplane.settings import read_settings
from controlplane.shadow.comparing import Comparing
from controlplane.shadow.order import Told, read_order

BATCH_SECONDS = 20.0  # it waits behind everything else


def main() -> None:
    step_back()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # who started us decides
    settings = read_settings(os.environ)
    databases = open_databases(settings.data_dir, settings.database_url, read_only=True)
    in_force = InForce()
    with RuleProcesses(1, batch_seconds=BATCH_SECONDS, explain=False) as rules:
        decider = Remembering(rules)
        for line in orders():
            order = read_order(line)
            with reading(databases.state) as state:
                comparing = Comparing(
                    in_force.read(state), decider, cost_of_capital=settings.cost_of_capital
                )
                found = comparing.compare(state, order.shadow, order.waiting)
            say(Told(found=found))


if __name__ == "__main__":
    main()
