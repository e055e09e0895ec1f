"""The hash-chained ledger: who did what, when, and whether it still holds."""

from datetime import datetime

import msgspec
from litestar import get, post
from litestar.params import FromQuery

from controlplane.api.query import DEFAULT_LIMIT, Cursor, Items, Limit
from controlplane.api.wiring import Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from governance.ledger import LedgerEntry, verify
from governance.ledger import stores as ledger
from observability.page import read_cursor, write_cursor

_TAGS = ["Audit"]


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """`broken_at` is the first entry that does not hold; `head` is the last entry's hash."""

    holds: bool
    entries: int
    head: str | None
    last_at: datetime | None
    broken_at: int | None = None
    because: str | None = None


@get("/v1/audit", operation_id="list_audit", tags=_TAGS, sync_to_thread=True, role=Role.VIEWER)
def list_audit(  # noqa: PLR0913 (one argument a query parameter)
    runtime: Wired,
    *,
    subject: FromQuery[str | None] = None,
    actor: FromQuery[str | None] = None,
    action: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Items[LedgerEntry]:
    """Entries, the newest first; `action` may be the beginning of one up to a colon."""
    before = None if cursor is None else read_cursor(cursor)[0]
    with reading(runtime.databases.state) as connection:
        found = ledger.find_entries(
            connection,
            subject=subject,
            actor=actor,
            action=action,
            before=before,
            limit=limit + 1,
        )
    shown = found[:limit]
    return Items(
        items=shown,
        next_cursor=write_cursor(shown[-1].number, "") if len(found) > limit else None,
    )


@post(
    "/v1/audit/verify",
    operation_id="verify_audit",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.VIEWER,
)
def verify_audit(runtime: Wired) -> Verified:
    """Walk the whole chain and say whether every entry is what was sealed."""
    with reading(runtime.databases.state) as connection:
        broken = verify(ledger.walk(connection))
        last = ledger.last(connection)
    return Verified(
        holds=broken is None,
        entries=last.number if last else 0,
        head=last.hash if last else None,
        last_at=last.at if last else None,
        broken_at=broken.number if broken else None,
        because=broken.because if broken else None,
    )


HANDLERS = [list_audit, verify_audit]
