"""What contract versions wait for: signatures, waivers, and the day when they may be gone."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery
from sqlalchemy import Connection

from controlplane.api.demands import demands_on
from controlplane.api.problem import not_found
from controlplane.api.query import DEFAULT_LIMIT, Cursor, Items, Limit
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.name_stores import names_of
from controlplane.identity.role import Actor, Role
from controlplane.lintpolicies import policies
from governance.contract import stores as contracts
from governance.contract.catalogue import IN_FORCE, Contract, Observed, Version
from governance.contract.ending import Ending, Reader
from governance.contract.finding import BLOCKING, Finding
from governance.contract.lifecycle import ALLOWED
from governance.contract.versions import held_now
from governance.review import ending_stores as endings
from governance.review import stores as reviews
from governance.review.demand import Demands
from governance.review.promotion import Promotion
from governance.review.review import Approval, Missing, Remark, Review, missing, waits_for
from governance.review.waiting_stores import Waiting, list_waiting
from governance.review.waiver import Standing, Waiver, standing, waived
from observability.page import LARGEST, read_cursor, stray_cursor, write_cursor

_TAGS = ["Contracts"]
_PENDING = frozenset({"draft", "in_review", "approved"})


class WaiverItem(Waiver, frozen=True, kw_only=True):
    """`standing` is asked, active, stale, expired or withdrawn; `because` says why."""

    standing: Standing
    because: str


class Demanded(msgspec.Struct, frozen=True, kw_only=True):
    """What the house asks of versions of this contract."""

    stewards: int
    notice_days: int
    quiet_days: int
    environments: tuple[str, ...]


class ReviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    Everything that decides whether a version goes on.

    `blocking` are the findings that stop it, less those `waived`; `yours`: it wants the caller's
    signature; `readers` and `observed` use it and may keep it from being retired; `names` says
    who holds a key.
    """

    subject: str
    version: str
    lifecycle: str
    owner: str
    author: str
    next: tuple[str, ...]
    review: Review | None
    missing: Missing | None
    approvals: list[Approval]
    remarks: list[Remark]
    waivers: list[WaiverItem]
    waived: list[str]
    blocking: list[Finding]
    promotions: list[Promotion]
    demands: Demanded
    yours: bool
    readers: tuple[Reader, ...]
    observed: tuple[Observed, ...]
    names: dict[str, str]


class WaitingItem(Waiting, frozen=True, kw_only=True):
    """`yours`: it wants the caller's signature; `names` says who holds a key."""

    yours: bool
    names: dict[str, str]


@get(
    "/v1/contracts/{subject:str}/versions/{version:str}/review",
    operation_id="get_contract_review",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_review(
    runtime: Wired, request: WebRequest, subject: FromPath[str], version: FromPath[str]
) -> ReviewAnswer:
    """The review of a version: signatures, remarks, waivers, what still stops it, who uses it."""
    at, demands = datetime.now(UTC), demands_on(runtime, request)
    with reading(runtime.databases.state) as connection:
        one = contracts.get_version(connection, subject, version)
        contract = contracts.get_contract(connection, subject)
        if one is None or contract is None:
            raise not_found("version", f"{subject} {version}")
        return _review(connection, contract, one, demands=demands, caller=request.user, at=at)


@get(
    "/v1/reviews",
    operation_id="list_contract_reviews",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_reviews(
    runtime: Wired,
    request: WebRequest,
    *,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Items[WaitingItem]:
    """Every version in review by name; `yours` says which of them want the caller's signature."""
    demands, caller = demands_on(runtime, request), request.user
    after = None if cursor is None else read_cursor(cursor)[1].partition(" ")[::2]
    with reading(runtime.databases.state) as connection:
        found = list_waiting(connection, after=after, limit=limit + 1)
        shown = found[:limit]
        named = names_of(connection, {one for each in shown for one in _people(each)})
    items = [
        WaitingItem(
            **msgspec.structs.asdict(one),
            yours=_yours(one.missing, one.reviewers, one.author, demands, caller),
            names={who: named[who] for who in _people(one) if who in named},
        )
        for one in shown
    ]
    last = f"{shown[-1].subject} {shown[-1].version}" if shown else ""
    return Items(items=items, next_cursor=write_cursor(0, last) if len(found) > limit else None)


@get(
    "/v1/deprecations",
    operation_id="list_deprecations",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_deprecations(
    runtime: Wired,
    request: WebRequest,
    *,
    owner: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Items[Ending]:
    """Every deprecated version, the earliest sunset first, with whoever uses it still."""
    since = demands_on(runtime, request).seen_since(datetime.now(UTC))
    after = None if cursor is None else _ending_place(cursor)
    with reading(runtime.databases.state) as connection:
        found = endings.list_endings(
            connection, seen_since=since, owner=owner, after=after, limit=limit + 1
        )
    shown = found[:limit]
    further = write_cursor(*endings.place(shown[-1])) if len(found) > limit else None
    return Items(items=shown, next_cursor=further)


@get(
    "/v1/waivers",
    operation_id="list_waivers",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_waivers(
    runtime: Wired,
    *,
    standing: FromQuery[Standing | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Items[WaiverItem]:
    """Every waiver of every contract; `standing` picks those that are stale, expired and so on."""
    after = None if cursor is None else read_cursor(cursor)[1]
    with reading(runtime.databases.state) as connection:
        every = _waivers(connection, after, at=datetime.now(UTC))
        those = (one for one in every if standing is None or one.standing == standing)
        found = list(islice(those, limit + 1))
    return Items(
        items=found[:limit],
        next_cursor=write_cursor(0, found[limit - 1].id) if len(found) > limit else None,
    )


def _ending_place(cursor: str) -> endings.Place:
    """Return where a deprecated version stands; raise `CursorError` for what names none."""
    sunset, name = read_cursor(cursor)
    if name.count(" ") != 1:
        raise stray_cursor()
    return sunset, name


def _review(  # noqa: PLR0913 - of which version of what, under which demands, for whom and when
    connection: Connection,
    contract: Contract,
    one: Version,
    *,
    demands: Demands,
    caller: Actor,
    at: datetime,
) -> ReviewAnswer:
    named = one.subject, one.version
    found = _found(connection, one, at=at)
    review = reviews.get_review(connection, *named)
    approvals = reviews.approvals(connection, *named)
    remarks = reviews.remarks(connection, *named)
    waivers = reviews.waivers(connection, *named)
    wanted = missing(review, approvals) if review else None
    readers, observed = _users(connection, one, demands, at=at)
    passed = waived(waivers, found, at=at)
    looked_at = found if one.lifecycle in _PENDING else None
    reviewers = review.reviewers if review else ()
    yours = _yours(wanted, reviewers, one.created_by, demands, caller)
    return ReviewAnswer(
        subject=one.subject,
        version=one.version,
        lifecycle=one.lifecycle,
        owner=contract.owner,
        author=one.created_by,
        next=tuple(ALLOWED[one.lifecycle]),
        review=review,
        missing=wanted,
        approvals=approvals,
        remarks=remarks,
        waivers=[_item(each, looked_at, at=at) for each in waivers],
        waived=sorted(passed),
        blocking=[each for each in found if each.level in BLOCKING and each.id not in passed],
        promotions=reviews.promotions(connection, *named),
        demands=_demanded(contract, demands),
        yours=yours and one.lifecycle == "in_review",
        readers=readers,
        observed=observed,
        names=names_of(connection, _actors(one, review, approvals, remarks, waivers)),
    )


def _users(
    connection: Connection, one: Version, demands: Demands, *, at: datetime
) -> tuple[tuple[Reader, ...], tuple[Observed, ...]]:
    if one.lifecycle not in IN_FORCE:
        return (), ()
    since = demands.seen_since(at)
    return endings.remaining(connection, one.subject, one.version, seen_since=since)


def _demanded(contract: Contract, demands: Demands) -> Demanded:
    return Demanded(
        stewards=demands.stewards(contract),
        notice_days=demands.notice_days(contract),
        quiet_days=demands.quiet_days,
        environments=demands.environments,
    )


def _yours(
    wanted: Missing | None, reviewers: Sequence[str], author: str, demands: Demands, caller: Actor
) -> bool:
    if wanted is None or not caller.may(Role.STEWARD):
        return False
    return waits_for(wanted, reviewers, author=author, demands=demands, actor=caller.name)


def _actors(
    one: Version,
    review: Review | None,
    approvals: Iterable[Approval],
    remarks: Iterable[Remark],
    waivers: Iterable[Waiver],
) -> list[str | None]:
    asked = (*review.reviewers, review.requested_by) if review else ()
    waiving = [who for each in waivers for who in (each.asked_by, each.granted_by)]
    said = [each.actor for each in remarks]
    return [one.created_by, *asked, *(each.steward for each in approvals), *said, *waiving]


def _people(one: Waiting) -> tuple[str, ...]:
    return (one.author, one.requested_by, *one.reviewers, *one.missing.signed)


def _waivers(connection: Connection, after: str | None, *, at: datetime) -> Iterator[WaiverItem]:
    """Yield every waiver behind the id *after*, read a page at a time."""
    while found := reviews.list_waivers(connection, after=after, limit=LARGEST):
        known = _by_version(connection, found, at=at)
        yield from (_item(one, known[one.subject, one.version], at=at) for one in found)
        after = found[-1].id


def _by_version(
    connection: Connection, waivers: Sequence[Waiver], *, at: datetime
) -> dict[tuple[str, str], list[Finding] | None]:
    found: dict[tuple[str, str], list[Finding] | None] = {}
    for named in {(one.subject, one.version) for one in waivers}:
        version = contracts.get_version(connection, *named)
        pending = version is not None and version.lifecycle in _PENDING
        found[named] = _found(connection, version, at=at) if version and pending else None
    return found


def _found(connection: Connection, version: Version, *, at: datetime) -> list[Finding]:
    """Return what is found of *version* now; of one that is out, what was found then."""
    contract = contracts.get_contract(connection, version.subject)
    broken = any(one.level == "error" and not one.of_style for one in version.findings)
    if contract is None or broken or version.lifecycle not in _PENDING:
        return list(version.findings)
    others = contracts.list_versions(connection, version.subject)
    alone = [one for one in version.findings if not one.against and not one.of_style]
    return [*alone, *held_now(contract, version, others, at=at, policies=policies(connection))]


def _item(waiver: Waiver, found: Sequence[Finding] | None, *, at: datetime) -> WaiverItem:
    how, because = standing(waiver, found, at=at)
    fields: dict[str, Any] = msgspec.structs.asdict(waiver)
    return WaiverItem(**fields, standing=how, because=because)


HANDLERS = [get_review, list_reviews, list_deprecations, list_waivers]
