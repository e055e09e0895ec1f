"""What the house demands travels with the command: a replay is held to the same."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from controlplane.api.problem import invalid
from controlplane.api.wiring import WebRequest
from controlplane.identity import stores as keys
from controlplane.identity.role import LOCAL, Role
from controlplane.runtime import Runtime
from governance.review.demand import Demands


def demanded(runtime: Runtime, request: WebRequest) -> dict[str, Any]:
    """Return the demands on versions, as a command carries them."""
    return {"demands": msgspec.to_builtins(demands_on(runtime, request))}


def demands_on(runtime: Runtime, request: WebRequest) -> Demands:
    """Return the demands on versions; who works without a key on their own machine is alone."""
    settings = runtime.settings
    return Demands(
        quorum=settings.review_quorum,
        notice=settings.notice_days,
        environments=settings.environments,
        quiet_days=settings.quiet_days,
        sign_own=settings.sign_own_work or request.user == LOCAL,
    )


def reviewers_of(connection: Connection, named: Sequence[str]) -> list[str]:
    """
    Return *named*, by what history calls them: `key:<id>` for the name or id of a key.

    Only who may sign is asked to: stewards whose keys open the door.
    """
    at = datetime.now(UTC)
    known = [one for one in keys.list_keys(connection) if one.live(at=at)]
    stewards = [one for one in known if one.actor.may(Role.STEWARD)]
    found = []
    for index, name in enumerate(named):
        if name == LOCAL.name:
            found.append(name)
            continue
        actors = {one.actor.name for one in stewards if name in {one.name, one.id, one.actor.name}}
        if len(actors) != 1:
            what = "is the name of several keys; give an id" if actors else "is no steward's key"
            raise invalid(f"/reviewers/{index}", f"{name!r} {what}.")
        found.extend(actors)
    return found
