"""The inventory of integrations, flow by flow, and what is said of the code that carries each."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

import msgspec
from litestar import Response, get, put
from litestar.params import FromPath, FromQuery, JSONBody

from controlplane.api.problem import invalid
from controlplane.api.query import DEFAULT_LIMIT, AsOf, Cursor, Limit, instant_of
from controlplane.api.submission import change, plain
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.integrations.flow import GAPS, IntegrationFlow, matches
from controlplane.integrations.reading import inventory
from governance.contract.catalogue import Criticality
from governance.integration.integration import Integration
from observability.health.window import WindowError, read_window
from observability.page import read_offset, write_cursor

_TAGS = ["Contracts"]


class IntegrationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code` says what carries the contract; owner and criticality are the contract's if left."""

    code: str
    supported: bool = True
    support_ends: date | None = None
    owner: str | None = None
    criticality: Criticality | None = None
    note: str = ""


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """`gaps` counts those of all flows that the query finds, `meaning` says what each is."""

    items: list[IntegrationFlow]
    next_cursor: str | None
    total: int
    gaps: Mapping[str, int]
    meaning: Mapping[str, str]


@get(
    "/v1/integrations",
    operation_id="list_integrations",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_integrations(  # noqa: PLR0913 (one argument a query parameter)
    runtime: Wired,
    *,
    system: FromQuery[str | None] = None,
    gap: FromQuery[str | None] = None,
    criticality: FromQuery[str | None] = None,
    owner: FromQuery[str | None] = None,
    window: FromQuery[str] = "30d",
    as_of: AsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Inventory:
    """Every flow from a producer by a contract to a consumer: declared, observed, or but one."""
    try:
        days = read_window(window, as_of=instant_of(as_of))
    except WindowError as error:
        raise invalid("/window", f"{error}.", status=400) from error
    if gap is not None and gap not in GAPS:
        raise invalid("/gap", f"'{gap}' is no gap; known are {', '.join(GAPS)}.", status=400)
    with reading(runtime.databases.state) as connection:
        found = [
            one
            for one in inventory(connection, days)
            if matches(one, system=system, gap=gap, criticality=criticality, owner=owner)
        ]
    first = 0 if cursor is None else read_offset(cursor)
    shown = found[first : first + limit]
    after = first + len(shown)
    return Inventory(
        items=shown,
        next_cursor=write_cursor(after, "flow") if after < len(found) else None,
        total=len(found),
        gaps=Counter(name for one in found for name in one.gaps),
        meaning=GAPS,
    )


@put(
    "/v1/integrations/{subject:str}/{consumer:str}",
    operation_id="put_integration",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.CONTRIBUTOR,
)
def put_integration(
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    consumer: FromPath[str],
    data: JSONBody[IntegrationBody],
) -> Response[Integration]:
    """Say what carries a contract to a consumer, and whether anybody supports that."""
    body = {"subject": subject, "consumer": consumer, **plain(data)}
    return change(runtime, request, "contract:integration:put", body)


HANDLERS = [list_integrations, put_integration]
