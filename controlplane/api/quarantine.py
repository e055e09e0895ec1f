"""What was refused: list it, replay it after a fix, or discard it with a reason."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from controlplane.api.problem import ProblemError
from controlplane.api.query import DEFAULT_LIMIT, Cursor, Items, Limit
from controlplane.api.receiving import REFUSED, admission_of, refusal_of, runtime_of
from controlplane.api.wiring import WebRequest
from controlplane.database import Databases, reading
from controlplane.identity.role import Role
from observability.intake.rejection import Flaw
from observability.page import CursorError, read_cursor, write_cursor
from observability.quarantine import stores
from observability.quarantine.held import DISCARDED, HELD, Held, Settlement
from observability.quarantine.stores import Selection
from rules.instant import to_micros
from rules.refusal import Problem, Refusal

SHOWN = 2_000  # characters of a payload in a list
Status = Literal["held", "replayed", "discarded", "all"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One held event; in a list its payload is cut, alone it is whole."""

    id: str
    status: str
    received_at: datetime
    channel: str
    source: str | None
    event_id: str | None
    type: str | None
    reason: str
    detail: str
    errors: Sequence[Problem]
    owner: str | None
    payload: str
    settled_at: datetime | None
    settled_by: str | None
    settled_reason: str | None


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """`duplicates` is 1 when the log held the event already."""

    id: str
    status: str
    accepted: int
    duplicates: int


class Discard(msgspec.Struct, frozen=True, kw_only=True):
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


@get(
    "/v1/quarantine",
    operation_id="list_quarantine",
    sync_to_thread=True,
    opt={"role": Role.VIEWER},
    tags=["Events"],
)
def list_quarantine(  # noqa: PLR0913 (one argument a query parameter)
    request: WebRequest,
    *,
    status: FromQuery[Status] = "held",
    reason: FromQuery[str | None] = None,
    owner: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    type: FromQuery[str | None] = None,  # noqa: A002 (the parameter's public name)
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Items[Entry]:
    """Return held events, the newest first; `status` may be `all`, `replayed` or `discarded`."""
    selection = Selection(
        status=None if status == "all" else status,
        reason=reason,
        owner=owner,
        source=source,
        type=type,
        after=_after(cursor),
    )
    with reading(runtime_of(request).databases.log) as connection:
        found = stores.page(connection, selection, limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    return Items[Entry](
        items=[_entry(one, SHOWN) for one in shown],
        next_cursor=write_cursor(to_micros(shown[-1].received_at), shown[-1].id) if more else None,
    )


@get(
    "/v1/quarantine/{entry:str}",
    operation_id="get_quarantine_entry",
    sync_to_thread=True,
    opt={"role": Role.VIEWER},
    tags=["Events"],
)
def get_entry(request: WebRequest, entry: FromPath[str]) -> Entry:
    """Return one event that was refused, with its whole payload."""
    return _entry(_find(runtime_of(request).databases, entry), None)


@post(
    "/v1/quarantine/{entry:str}/replay",
    operation_id="replay_quarantine_entry",
    status_code=200,
    opt={"role": Role.OPERATOR},
    tags=["Events"],
)
async def replay_entry(request: WebRequest, entry: FromPath[str]) -> Replayed:
    """Judge the event once more: admit it, or answer 409 with what is still wrong."""
    at = datetime.now(UTC)
    admission, databases = admission_of(request), runtime_of(request).databases
    held = await asyncio.to_thread(_find_held, databases, entry)
    try:
        judged = await asyncio.to_thread(lambda: admission.replay(held, at=at, actor=request.user))
        if isinstance(judged, Flaw):
            raise ProblemError(_still_invalid(judged))
        appended = await asyncio.wrap_future(judged)
    except REFUSED as error:
        refusal, headers = refusal_of(error)
        raise ProblemError(refusal, headers=headers) from error
    return Replayed(
        id=held.id,
        status="replayed",
        accepted=appended.accepted,
        duplicates=appended.duplicates,
    )


@post(
    "/v1/quarantine/{entry:str}/discard",
    operation_id="discard_quarantine_entry",
    status_code=200,
    opt={"role": Role.OPERATOR},
    tags=["Events"],
)
async def discard_entry(
    request: WebRequest,
    entry: FromPath[str],
    data: JSONBody[Discard],
) -> Entry:
    """Settle the event without admitting it; the payload and the reason are kept."""
    admission, databases = admission_of(request), runtime_of(request).databases
    held = await asyncio.to_thread(_find_held, databases, entry)
    settlement = Settlement(
        status=DISCARDED, at=datetime.now(UTC), actor=request.user.name, reason=data.reason
    )
    try:
        await asyncio.wrap_future(admission.settle(held.id, settlement))
    except REFUSED as error:
        refusal, headers = refusal_of(error)
        raise ProblemError(refusal, headers=headers) from error
    return _entry(await asyncio.to_thread(_find, databases, entry), None)


def _find(databases: Databases, entry: str) -> Held:
    with reading(databases.log) as connection:
        held = stores.get(connection, entry)
    if held is None:
        raise ProblemError(
            Refusal(
                type="not-found",
                status=404,
                title="No such quarantined event",
                detail="Look at GET /v1/quarantine for the ids that are held.",
            )
        )
    return held


def _find_held(databases: Databases, entry: str) -> Held:
    held = _find(databases, entry)
    if held.status != HELD:
        raise ProblemError(
            Refusal(
                type="already-settled",
                status=409,
                title=f"The event was {held.status} before",
                detail=f"{held.settled_by or 'Somebody'} settled it; nothing is left to do.",
            )
        )
    return held


def _still_invalid(flaw: Flaw) -> Refusal:
    return Refusal(
        type=flaw.reason,
        status=409,
        title="The event still cannot be admitted",
        detail=flaw.detail,
        errors=flaw.errors,
    )


def _after(cursor: str | None) -> tuple[int, str] | None:
    if cursor is None:
        return None
    try:
        return read_cursor(cursor)
    except CursorError as error:
        raise ProblemError(
            Refusal(
                type="invalid-cursor",
                status=400,
                title="The cursor cannot be read",
                detail=f"{error}.",
            )
        ) from error


def _entry(held: Held, shown: int | None) -> Entry:
    return Entry(
        id=held.id,
        status=held.status,
        received_at=held.received_at,
        channel=held.channel,
        source=held.source,
        event_id=held.event_id,
        type=held.type,
        reason=held.reason,
        detail=held.detail,
        errors=held.errors,
        owner=held.owner,
        payload=held.payload.decode(errors="replace")[:shown],
        settled_at=held.settled_at,
        settled_by=held.settled_by,
        settled_reason=held.settled_reason,
    )


HANDLERS = [list_quarantine, get_entry, replay_entry, discard_entry]
