"""The process that foretells: it yields to everything else, only reads, and may be killed."""

import os
import sys

from controlplane.beside import say, step_back
from controlplane.child import end_with_parent
from controlplane.database import open_databases, reading
from controlplane.foretelling.making import make
from controlplane.foretelling.order import read_order
from controlplane.foretelling.wanting import due
from controlplane.settings import read_settings


def main() -> None:
    step_back()
    order = read_order(sys.stdin.buffer.readline())
    end_with_parent()
    settings = read_settings(os.environ)
    databases = open_databases(settings.data_dir, settings.database_url, read_only=True)
    with reading(databases.state) as state:
        wanted = due(state, at=order.at)
    for one in wanted:
        with reading(databases.state) as state:
            made = make(state, one, at=order.at)
        say(made)
    databases.close()


if __name__ == "__main__":
    main()
