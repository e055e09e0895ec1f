"""What was set right, and what that changed: breaches, exceptions, money at risk."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from controlplane.api.problem import not_found
from controlplane.api.query import DEFAULT_LIMIT, Cursor, Items, Limit
from controlplane.api.wiring import Wired
from controlplane.correcting import stores
from controlplane.correcting.correction import Correction, Kind, Member
from controlplane.correcting.telling import sentence
from controlplane.database import reading
from controlplane.identity.role import Role
from governance.exception.at_risk import AtRisk
from observability.page import read_cursor, write_cursor

_TAGS = ["Corrections"]


class CorrectionItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    `summary` says it in a line. `cases` were judged anew, `members` counts what changed of them;
    `money` is signed: less at risk is negative. `ended_at` is null while it goes on.
    """

    id: str
    kind: Kind
    subject: str
    because: str
    actor: str
    begun_at: datetime
    ended_at: datetime | None
    summary: str
    cases: int
    members: int
    breaches_withdrawn: int
    breaches_added: int
    exceptions_ended: int
    exceptions_opened: int
    money: AtRisk


class CorrectionDetail(CorrectionItem, frozen=True, kw_only=True):
    """With a page of what changed."""

    items: list[Member]
    next_cursor: str | None = None


@get(
    "/v1/corrections",
    operation_id="list_corrections",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_corrections(
    runtime: Wired,
    *,
    kind: FromQuery[Kind | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Items[CorrectionItem]:
    """Corrections by evidence, retraction, alias and definition, the newest first."""
    before = None if cursor is None else read_cursor(cursor)[0]
    with reading(runtime.databases.state) as connection:
        found = stores.page(connection, before=before, limit=limit + 1, kind=kind)
    shown = found[:limit]
    more = len(found) > limit
    return Items(
        items=[CorrectionItem(**_told(one)) for _, one in shown],
        next_cursor=write_cursor(shown[-1][0], "") if more else None,
    )


@get(
    "/v1/corrections/{correction:str}",
    operation_id="get_correction",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_correction(
    runtime: Wired,
    correction: FromPath[str],
    *,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> CorrectionDetail:
    """One correction with the breaches and exceptions that it changed, a page at a time."""
    after = 0 if cursor is None else read_cursor(cursor)[0]
    with reading(runtime.databases.state) as connection:
        one = stores.get(connection, correction)
        if one is None:
            raise not_found("correction", correction)
        found = stores.members(connection, correction, after=after, limit=limit + 1)
    shown = found[:limit]
    return CorrectionDetail(
        **_told(one),
        items=[member for _, member in shown],
        next_cursor=write_cursor(shown[-1][0], "") if len(found) > limit else None,
    )


def _told(one: Correction) -> dict[str, Any]:
    return {**msgspec.structs.asdict(one), "summary": sentence(one)}


HANDLERS = [list_corrections, get_correction]
