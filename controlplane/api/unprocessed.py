"""Entries of the log that could not be applied: what was wrong, and applying them after all."""

from datetime import datetime

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from controlplane import unprocessed_stores
from controlplane.api.problem import not_found
from controlplane.api.query import DEFAULT_LIMIT, Cursor, Limit
from controlplane.api.submission import change
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.passover import RETRY
from controlplane.pipeline.command import decode_command
from controlplane.unprocessed_stores import Standstill, Unprocessed
from observability.log import stores as log
from observability.log.entry import COMMAND, EVENT, LogEntry
from observability.page import read_cursor, write_cursor

_TAGS = ["Operating"]
SHOWN = 2_000  # characters of a payload


class UnprocessedItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    `source` and `id` name the entry in the log; `payload` is an event's, `command` a command's
    name. `retries` counts how often it was tried again in vain.
    """

    offset: int
    kind: str
    source: str
    id: str
    at: datetime
    error: str
    retries: int
    payload: str | None = None
    command: str | None = None


class UnprocessedPage(msgspec.Struct, frozen=True, kw_only=True):
    """`standstill` is what the worker waits before: most of what follows it fails too."""

    items: list[UnprocessedItem]
    total: int
    standstill: Standstill | None
    next_cursor: str | None = None


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    offset: int
    kind: str


@get(
    "/v1/unprocessed",
    operation_id="list_unprocessed",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.OPERATOR,
)
def list_unprocessed(
    runtime: Wired, *, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> UnprocessedPage:
    """Log entries that the worker could not apply and passed over, in the order of the log."""
    after = 0 if cursor is None else read_cursor(cursor)[0]
    with reading(runtime.databases.state) as state:
        found = unprocessed_stores.page(state, after=after, limit=limit + 1)
        total = unprocessed_stores.count(state)
        standstill = unprocessed_stores.standing_still(state)
    shown = found[:limit]
    with reading(runtime.databases.log) as connection:
        items = [_item(one, log.read(connection, one.offset - 1, 1)[0]) for one in shown]
    return UnprocessedPage(
        items=items,
        total=total,
        standstill=standstill,
        next_cursor=write_cursor(shown[-1].offset, "") if len(found) > limit else None,
    )


@post(
    "/v1/unprocessed/{offset:str}/retry",
    operation_id="retry_unprocessed",
    tags=_TAGS,
    status_code=200,
    sync_to_thread=True,
    role=Role.OPERATOR,
)
def retry_unprocessed(
    runtime: Wired, request: WebRequest, offset: FromPath[str]
) -> Response[Retried]:
    """Apply the entry after all, once what was wrong is mended; 500 when it fails again."""
    if not offset.isdecimal() or len(offset) > len(str(2**63)) - 1:
        raise not_found("unprocessed entry", offset)
    return change(runtime, request, RETRY, {"offset": int(offset)})


def _item(one: Unprocessed, entry: LogEntry) -> UnprocessedItem:
    event = entry.payload.decode(errors="replace")[:SHOWN] if entry.kind == EVENT else None
    return UnprocessedItem(
        offset=one.offset,
        kind=one.kind,
        source=entry.source,
        id=entry.id,
        at=one.at,
        error=one.error,
        retries=one.retries,
        payload=event,
        command=decode_command(entry.payload).name if entry.kind == COMMAND else None,
    )


HANDLERS = [list_unprocessed, retry_unprocessed]
