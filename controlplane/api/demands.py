"""What the house demands travels with the command: a replay is held to the same."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from controlplane.api.problem import invalid
from controlplane.api.wiring import WebRequest
from controlplane.identity import stores as keys
from controlplane.identity.role import LOCAL
from controlplane.runtime import Runtime
from governance.review.demand import Demands


def demanded(runtime: Runtime, request: WebRequest) -> dict[str, Any]:
    """Return the demands on versions; who works without a key on their own machine is alone."""
    settings = runtime.settings
    demands = Demands(
        quorum=settings.review_quorum,
        notice=settings.notice_days,
        environments=settings.environments,
        quiet_days=settings.quiet_days,
        sign_own=settings.sign_own_work or request.user == LOCAL,
    )
    return {"demands": msgspec.to_builtins(demands)}


def reviewers_of(connection: Connection, named: Sequence[str]) -> list[str]:
    """Return *named*, by what history calls them: `key:<id>` for the name or id of a key."""
    known = [(one.id, one.name) for one in keys.list_keys(connection)]
    found = []
    for index, name in enumerate(named):
        ids = {id_ for id_, called in known if name in {called, id_, f"key:{id_}"}}
        if len(ids) != 1 and name != LOCAL.name:
            what = "is the name of several keys; give an id" if ids else "holds no key"
            raise invalid(f"/reviewers/{index}", f"{name!r} {what}.")
        found.append(f"key:{ids.pop()}" if ids else name)
    return found
