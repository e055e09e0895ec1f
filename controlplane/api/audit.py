"""The hash-chained ledger: who did what, when, and whether it still holds."""

import re
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from controlplane.api.problem import ProblemError, invalid, not_found
from controlplane.api.query import DEFAULT_LIMIT, Cursor, Items, Limit
from controlplane.api.wiring import Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.runtime import Runtime
from governance.ledger import LedgerEntry, Sealed
from governance.ledger import stores as ledger
from governance.ledger.audit import Audit, UnreadableError, audit, leaf_of
from governance.ledger.checkpoint import Checkpoint, CheckpointError, open_note
from governance.ledger.merkle import inclusion_path, root_of
from observability.page import read_cursor, write_cursor
from rules.refusal import Refusal

_TAGS = ["Audit"]
_NUMBER = re.compile("[0-9]{1,18}")
After = Annotated[int, QueryParameter(ge=0, description="Number of the last entry known.")]


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """
    `broken_at` is the first entry that does not hold; `head` is the last entry's hash.

    `sealed` entries are covered by a checkpoint; `root` is the Merkle root over them all.
    """

    holds: bool
    entries: int
    checkpoints: int
    sealed: int
    root: str
    head: str | None
    broken_at: int | None = None
    because: str | None = None


class SignedCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`note` is the whole text, as it was signed; `root` is hexadecimal."""

    size: int
    root: str
    at: datetime
    note: str


class SignedCheckpoints(msgspec.Struct, frozen=True, kw_only=True):
    """`key` verifies the notes: keep it where you keep them."""

    key: str
    items: list[SignedCheckpoint]


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """That `entry` is the leaf at `number` - 1 of the tree of `size` leaves with this `root`."""

    entry: Sealed
    size: int
    leaf: str
    path: list[str]
    root: str


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


@get(
    "/v1/audit/entries",
    operation_id="list_sealed_entries",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_sealed(runtime: Wired, *, after: After = 0, limit: Limit = DEFAULT_LIMIT) -> list[Sealed]:
    """Entries exactly as they are stored, the oldest first: what an auditor checks himself."""
    with reading(runtime.databases.state) as connection:
        try:
            return ledger.sealed(connection, after=after, limit=limit)
        except UnreadableError as error:
            raise _damaged(error) from error


@get(
    "/v1/audit/entries/{number:str}/proof",
    operation_id="prove_audit_entry",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def prove_entry(
    runtime: Wired, number: FromPath[str], *, size: FromQuery[int | None] = None
) -> Proof:
    """The path from one entry to the root over the first `size` entries (all by default)."""
    with reading(runtime.databases.state) as connection:
        last = ledger.last_number(connection)
        of = last if size is None else size
        place = int(number) if _NUMBER.fullmatch(number) else 0
        if not 1 <= place <= last:
            raise not_found("ledger entry", number)
        if not place <= of <= last:
            raise invalid("/size", f"between {place} and {last}", status=400)
        entry = ledger.sealed(connection, after=place - 1, limit=1)[0]
        leaves = [leaf_of(hash_) for hash_ in ledger.hashes(connection, upto=of)]
    return Proof(
        entry=entry,
        size=of,
        leaf=leaves[place - 1].hex(),
        path=[sibling.hex() for sibling in inclusion_path(leaves, place - 1)],
        root=root_of(leaves).hex(),
    )


@get(
    "/v1/audit/checkpoints",
    operation_id="list_checkpoints",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_checkpoints(runtime: Wired, *, limit: Limit = DEFAULT_LIMIT) -> SignedCheckpoints:
    """Signed checkpoints, the newest first: keep one elsewhere and nothing before it can change."""
    if runtime.sealing is None:
        return SignedCheckpoints(key="", items=[])
    kept = runtime.sealing.checkpoints
    items = []
    for note in reversed(kept.newest(limit)):
        said = open_note(note, kept.verifier)
        items.append(SignedCheckpoint(size=said.size, root=said.root, at=said.at, note=note))
    return SignedCheckpoints(key=kept.verifier.text, items=items)


@post(
    "/v1/audit/verify",
    operation_id="verify_audit",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.VIEWER,
)
def verify_audit(runtime: Wired) -> Verified:
    """Walk the whole chain: is every entry what was sealed and what checkpoints have seen?"""
    because = None
    try:
        checkpoints = _checkpoints(runtime)
    except CheckpointError as error:
        checkpoints, because = [], f"a checkpoint: {error}"
    with reading(runtime.databases.state) as connection:
        done = audit(ledger.walk(connection), checkpoints)
    return _verified(done, because)


def _damaged(error: UnreadableError) -> ProblemError:
    return ProblemError(
        Refusal(
            type="ledger-damaged",
            status=409,
            title="The ledger is damaged",
            detail=f"Entry {error.number}, or one soon behind it, cannot be read. Restore it.",
        )
    )


def _checkpoints(runtime: Runtime) -> list[Checkpoint]:
    return runtime.sealing.checkpoints.read() if runtime.sealing else []


def _verified(done: Audit, because: str | None) -> Verified:
    return Verified(
        holds=done.holds and because is None,
        entries=done.entries,
        checkpoints=done.checkpoints,
        sealed=done.sealed,
        root=done.root,
        head=done.head,
        broken_at=done.broken.number if done.broken else None,
        because=done.broken.because if done.broken else because,
    )


HANDLERS = [list_audit, list_sealed, prove_entry, list_checkpoints, verify_audit]
