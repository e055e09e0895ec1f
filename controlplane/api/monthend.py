"""Month end: what is open of a legal entity's month, its sign-off, and what became of it."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, QueryParameter

from controlplane.api.problem import not_found
from controlplane.api.query import AsOf, instant_of
from controlplane.api.submission import change, plain
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.monthend import stores
from controlplane.monthend.gathering import checked, lines
from controlplane.monthend.opened import (
    BLOCKER,
    UNBILLED,
    Checked,
    OpenAge,
    OpenLine,
    Outcome,
    SignOff,
    ages,
    money_of,
    month_of,
    outcome,
)
from rules.money import Money

_TAGS = ["Month end"]
_SHOWN = 100
_MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
Entity = Annotated[
    str, QueryParameter(min_length=1, max_length=200, description="The legal entity, as named.")
]
Period = Annotated[str, QueryParameter(pattern=_MONTH, description="The month: `2026-10`.")]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """`items` are the oldest of `lines`; `money` has one sum a currency over all of them."""

    lines: int
    money: list[Money]
    items: list[OpenLine]


class Unbilled(Part, frozen=True, kw_only=True):
    ages: list[OpenAge]


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-off, what became of what was open then, and how the books stood."""

    period: str
    signed_at: datetime
    signed_by: str
    comment: str
    digest: str
    outcome: Outcome
    reconciliations: list[Checked]


class MonthEnd(msgspec.Struct, frozen=True, kw_only=True):
    """
    `before` is the last month that was signed off before this one. `ready` when nothing is open
    and every reconciliation agrees.
    """

    entity: str
    period: str
    as_of: datetime
    ready: bool
    blockers: Part
    unbilled: Unbilled
    reconciliations: list[Checked]
    signed: Signed | None
    before: Signed | None


class SignOffRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    entity: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    period: Annotated[str, msgspec.Meta(pattern=_MONTH)]
    comment: Annotated[str, msgspec.Meta(max_length=2000)] = ""


@get(
    "/v1/month-end",
    operation_id="get_month_end",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_month_end(
    runtime: Wired, entity: Entity, period: Period, *, as_of: AsOf = None
) -> MonthEnd:
    """What is open of the month: blocked invoices, unbilled time by age, books that differ."""
    at, month = instant_of(as_of), (entity, period)
    with reading(runtime.databases.state) as connection:
        kept = runtime.kept.at(connection)
        found = kept.once(("open", *month), lambda: lines(connection, *month))
        books = kept.once(("books", *month), lambda: checked(connection, *month))
        signed = stores.find(connection, entity, period)
        before = stores.before(connection, entity, period)
        return MonthEnd(
            entity=entity,
            period=period,
            as_of=at,
            ready=not found and all(one.state == "reconciled" for one in books),
            blockers=kept.once(
                ("blockers", *month), lambda: _part([one for one in found if one.kind == BLOCKER])
            ),
            unbilled=_unbilled([one for one in found if one.kind == UNBILLED], at),
            reconciliations=books,
            signed=_signed(signed, found) if signed else None,
            before=_signed(before, found) if before else None,
        )


@get(
    "/v1/month-end/sign-off",
    operation_id="get_sign_off",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_sign_off(runtime: Wired, entity: Entity, period: Period) -> SignOff:
    """The record of a sign-off: every line that was open then, and how the books stood."""
    with reading(runtime.databases.state) as connection:
        found = stores.find(connection, entity, period)
    if found is None:
        raise not_found("sign-off", f"{entity} {period}")
    return found


@post(
    "/v1/month-end/sign-off",
    operation_id="create_sign_off",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=201,
    role=Role.STEWARD,
)
def create_sign_off(
    runtime: Wired, request: WebRequest, data: JSONBody[SignOffRequest]
) -> Response[Any]:
    """Sign a month off: what is open is kept as it stands, once; 409 when it was done before."""
    return change(runtime, request, "month-end:sign", plain(data))


def _part(those: list[OpenLine]) -> Part:
    return Part(lines=len(those), money=money_of(those), items=those[:_SHOWN])


def _unbilled(those: list[OpenLine], at: datetime) -> Unbilled:
    return Unbilled(**msgspec.structs.asdict(_part(those)), ages=ages(those, at=at))


def _signed(one: SignOff, now: list[OpenLine]) -> Signed:
    """Return the sign-off, of which *now* is open what is of its month or of a later one."""
    _, end = month_of(one.period)
    return Signed(
        period=one.period,
        signed_at=one.signed_at,
        signed_by=one.signed_by,
        comment=one.comment,
        digest=one.digest,
        outcome=outcome(one, (line for line in now if line.since < end)),
        reconciliations=one.reconciliations,
    )


HANDLERS = [get_month_end, get_sign_off, create_sign_off]
