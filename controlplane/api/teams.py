"""Teams: who answers for what, and where they are reached."""

import msgspec
from litestar import Response, get, put
from litestar.params import FromPath, JSONBody

from controlplane.api.precondition import expected
from controlplane.api.problem import not_found
from controlplane.api.query import Items
from controlplane.api.submission import plain, respond, submit
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.precondition import etag
from governance.team import Receiver, Team
from governance.team import stores as teams


class TeamBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    members: list[str] = []
    receivers: list[Receiver] = []
    escalation: list[str] = []
    calendar: str | None = None


@put(
    "/v1/teams/{team:str}",
    operation_id="put_team",
    tags=["Contracts"],
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_team(
    runtime: Wired, request: WebRequest, team: FromPath[str], data: JSONBody[TeamBody]
) -> Response[Team]:
    """Create the team or replace what is known of it."""
    asked = {"team": team, **plain(data), **expected(request)}
    outcome = submit(runtime, request, "team:put", asked)
    headers = {} if outcome.refused else {"etag": etag(outcome.body["version"])}
    return respond(outcome, headers)


@get(
    "/v1/teams",
    operation_id="list_teams",
    tags=["Contracts"],
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_teams(runtime: Wired) -> Items[Team]:
    """Every team, by its id."""
    with reading(runtime.databases.state) as connection:
        return Items(items=teams.list_teams(connection))


@get(
    "/v1/teams/{team:str}",
    operation_id="get_team",
    tags=["Contracts"],
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_team(runtime: Wired, team: FromPath[str]) -> Response[Team]:
    """One team; its ETag is what an edit names in If-Match."""
    with reading(runtime.databases.state) as connection:
        found = teams.get_team(connection, team)
    if found is None:
        raise not_found("team", team)
    return Response(found, headers={"etag": etag(found.version)})


HANDLERS = [put_team, list_teams, get_team]
