"""Events without a known case, and the keys that join two systems' names for one case."""

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromQuery, JSONBody

from controlplane.api.problem import forbidden
from controlplane.api.query import DEFAULT_LIMIT, Cursor, Items, Limit
from controlplane.api.submission import change, plain
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Actor, Role
from controlplane.runtime import Runtime
from observability.correlation.uncorrelated_stores import WaitingEvent, list_waiting
from observability.page import read_cursor, write_cursor
from observability.projection.case_stores import sources_of

_TAGS = ["Events"]


class AliasBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`case` is one key of the case, `aliases` the others."""

    process: str
    case: str
    aliases: list[str]


class WithdrawnBody(AliasBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Aliases that stand, and why they no longer do."""

    reason: str


class Parted(msgspec.Struct, frozen=True, kw_only=True):
    """`instances` are the cases that there are now; `correction` says what parting them changed."""

    process: str
    case: str
    aliases: list[str]
    instances: list[str]
    correction: str


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """`instance` is the case that all the keys lead to now; null while none of them has events."""

    process: str
    case: str
    aliases: list[str]
    instance: str | None


@get(
    "/v1/uncorrelated",
    operation_id="list_uncorrelated",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_uncorrelated(
    runtime: Wired,
    *,
    process: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Items[WaitingEvent]:
    """Events whose case is not known yet, the latest first; an alias claims them."""
    before = None if cursor is None else read_cursor(cursor)
    with reading(runtime.databases.state) as connection:
        found = list_waiting(connection, process=process, before=before, limit=limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    return Items(
        items=shown,
        next_cursor=write_cursor(shown[-1].offset, shown[-1].process) if more else None,
    )


@put(
    "/v1/aliases",
    operation_id="put_aliases",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.CONTRIBUTOR,
)
def put_aliases(runtime: Wired, request: WebRequest, data: JSONBody[AliasBody]) -> Response[Joined]:
    """
    Join keys of one case; events that wait under one of them are claimed. A contributor joins
    what its sources have told of: another's key wants an operator.
    """
    _require_voice(runtime, request.user, data)
    return change(runtime, request, "alias:put", plain(data))


@post(
    "/v1/aliases/withdraw",
    operation_id="withdraw_aliases",
    tags=_TAGS,
    status_code=200,
    sync_to_thread=True,
    role=Role.OPERATOR,
)
def withdraw_aliases(
    runtime: Wired, request: WebRequest, data: JSONBody[WithdrawnBody]
) -> Response[Parted]:
    """Part keys that aliases alone joined: each has its own events, clocks and exceptions again."""
    return change(runtime, request, "alias:withdraw", plain(data))


def _require_voice(runtime: Runtime, by: Actor, named: AliasBody) -> None:
    """Raise 403 where *by* tells of none of the cases whose keys are *named*."""
    if by.may(Role.OPERATOR):
        return
    keys = [(named.process, key) for key in (named.case, *named.aliases)]
    with reading(runtime.databases.state) as connection:
        told = sources_of(connection, keys)
    if not by.sources or not any(map(by.speaks_for, told)):
        raise forbidden(
            "Joining cases takes the role operator, or a key that speaks for a source which told "
            f"of one of them; {by.name} speaks for {by.spoken_for}."
        )


HANDLERS = [list_uncorrelated, put_aliases, withdraw_aliases]
