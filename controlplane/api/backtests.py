"""Backtests: what a version of a rule set would have said of the history that is stored."""

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, RawBody

from controlplane.api import documents as governed
from controlplane.api.problem import ProblemError, invalid, not_found
from controlplane.api.query import DEFAULT_LIMIT, Items, Limit
from controlplane.api.submission import change, command_id, respond, submit
from controlplane.api.wiring import WebRequest, Wired
from controlplane.backtest import stores
from controlplane.backtest.asked import Asked, Backtest, Tried, backtest_id
from controlplane.backtest.backtests import END, Backtests, FullError, Progress
from controlplane.backtest.finding import Finding
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.rulecheck import judge
from controlplane.runtime import Runtime
from governance.document import stores as documents
from rules.language import read_ruleset
from rules.refusal import Refusal
from rules.rule import RuleSet

_TAGS = ["Rules"]
NONE = "none"
FULL = Refusal(
    type="backtest-running",
    status=429,
    title="Another backtest is running",
    detail="Few run at a time, beside live traffic. Wait until it is done, or cancel it: see "
    "GET /v1/backtests.",
)
INTERRUPTED = "the server that ran it has stopped; ask for it again"
_NOWHERE = Refusal(
    type="no-backtests",
    status=503,
    title="This process runs no backtests",
    detail="Ask the process that admits events.",
)
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Against = Annotated[
    str | None,
    QueryParameter(description="A version, or `none`; the version in force where it is left out."),
]
Since = Annotated[Instant | None, QueryParameter(name="from", description="As in a body.")]
Until = Annotated[Instant | None, QueryParameter(name="to", description="As in a body.")]
Most = Annotated[int | None, QueryParameter(ge=1, description="Most cases that are looked at.")]


class BacktestBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `against` is the version that the candidate is compared with: the one in force where it is
    left out, none where it is null. What happened before `from` is not looked at; with `to`,
    things are looked at as they stood then. `cases` is the most that are looked at, and
    `history` false compares only what stands.
    """

    process: str | None = None
    against: str | msgspec.UnsetType | None = msgspec.UNSET
    since: Instant | None = msgspec.field(name="from", default=None)
    until: Instant | None = msgspec.field(name="to", default=None)
    cases: Count | None = None
    history: bool = True


class BacktestItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    `status` is interrupted where the server that ran it is gone. `offset` and `as_of` say up to
    where the log counted and when clocks were read; `result` stands when it is done.
    """

    id: str
    status: Literal["running", "done", "cancelled", "failed", "interrupted"]
    progress: Progress | None
    ruleset: str
    version: str
    digest: str
    process: str
    against: str | None
    since: datetime | None = msgspec.field(name="from")
    until: datetime | None = msgspec.field(name="to")
    cases: int | None
    history: bool
    as_of: datetime
    offset: int
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    because: str
    result: Finding | msgspec.UnsetType | None = msgspec.UNSET


@post(
    "/v1/rulesets/{ruleset:str}/versions/{version:str}/backtest",
    operation_id="backtest_ruleset_version",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=202,
    role=Role.CONTRIBUTOR,
)
def backtest_version(
    runtime: Wired,
    request: WebRequest,
    ruleset: FromPath[str],
    version: FromPath[str],
    data: JSONBody[BacktestBody],
) -> Response[BacktestItem]:
    """Try a version on history; nothing is put in force. Look at it under the `Location`."""
    with reading(runtime.databases.state) as connection:
        found = documents.get_document(connection, "ruleset", ruleset, version)
    if found is None:
        raise not_found("rule set version", f"{ruleset} {version}")
    return _begun(runtime, request, found.body, data)


@post(
    "/v1/rulesets/backtest",
    operation_id="backtest_ruleset",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=202,
    role=Role.CONTRIBUTOR,
)
def backtest_ruleset(  # noqa: PLR0913 - one argument a query parameter
    runtime: Wired,
    request: WebRequest,
    body: RawBody,
    *,
    against: Against = None,
    since: Since = None,
    until: Until = None,
    cases: Most = None,
    history: FromQuery[bool] = True,
) -> Response[BacktestItem]:
    """Try a rule set on history as it is being written; no version of it is kept."""
    asked = BacktestBody(
        against=msgspec.UNSET if against is None else None if against == NONE else against,
        since=since,
        until=until,
        cases=cases,
        history=history,
    )
    return _begun(runtime, request, governed.read_text(body), asked)


@get(
    "/v1/backtests",
    operation_id="list_backtests",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_backtests(
    runtime: Wired, ruleset: FromQuery[str | None] = None, limit: Limit = DEFAULT_LIMIT
) -> Items[BacktestItem]:
    """The latest backtests, the newest first, without what they found."""
    with reading(runtime.databases.state) as connection:
        found = stores.newest(connection, stores.RULES, about=ruleset, limit=limit)
    return Items(items=[_item(runtime, one) for one in found])


@get(
    "/v1/backtests/{backtest:str}",
    operation_id="get_backtest",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_backtest(runtime: Wired, backtest: FromPath[str]) -> BacktestItem:
    """How far it is, and what it found."""
    return _item(runtime, find(runtime, backtest), result=True)


@post(
    "/v1/backtests/{backtest:str}/cancel",
    operation_id="cancel_backtest",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def cancel_backtest(runtime: Wired, request: WebRequest, backtest: FromPath[str]) -> Response[Any]:
    """End a backtest at once; what it had found is forgotten."""
    find(runtime, backtest)
    backtests_of(runtime).cancel(backtest)
    return change(runtime, request, END, {"id": backtest, "status": "cancelled"})


def _begun(runtime: Runtime, request: WebRequest, text: str, body: BacktestBody) -> Response[Any]:
    ruleset = governed.read_checked(text, read_ruleset)
    _require_sense(body, ruleset)
    backtests = backtests_of(runtime)

    def unsound() -> Refusal | None:
        with reading(runtime.databases.state) as connection:
            return judge(connection, ruleset)

    try:
        with backtests.room(backtest_id(command_id(request))):
            outcome = submit(
                runtime, request, "backtest:begin", _asked(body, ruleset, text), unsound
            )
            if outcome.refused:
                return respond(outcome)
            begun = find(runtime, outcome.body["id"])
            if begun.status == stores.RUNNING:
                backtests.start(begun, text)
    except FullError as error:
        raise ProblemError(FULL, headers={"retry-after": "10"}) from error
    return Response(
        _item(runtime, begun),
        status_code=202,
        headers={"location": f"/v1/backtests/{begun.id}"},
    )


def _require_sense(body: BacktestBody, ruleset: RuleSet) -> None:
    if body.process not in (None, ruleset.process):
        detail = f"{ruleset.ruleset} judges the process {ruleset.process}."
        raise invalid("/process", detail)
    if body.since is not None and body.until is not None and body.since >= body.until:
        raise invalid("/to", "The time looked at ends before it begins.")


def _asked(body: BacktestBody, ruleset: RuleSet, text: str) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(body)
    return {
        **plain,
        "ruleset": ruleset.ruleset,
        "version": ruleset.version,
        "process": ruleset.process,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
    }


def find(runtime: Runtime, id_: str, kind: type[Asked] | type[Tried] = Asked) -> Backtest:
    """Return the backtest of that id and *kind*; 404 when there is none."""
    with reading(runtime.databases.state) as connection:
        found = stores.get(connection, id_)
    if found is None or not isinstance(found.asked, kind):
        raise not_found("backtest" if kind is Asked else "trial", id_)
    return found


def backtests_of(runtime: Runtime) -> Backtests:
    """Return what runs backtests here; 503 where nothing does."""
    if runtime.backtests is None:
        raise ProblemError(_NOWHERE)
    return runtime.backtests


def course(runtime: Runtime, one: Backtest) -> dict[str, Any]:
    """Return how far *one* is: what any item tells of it."""
    running = one.status == stores.RUNNING
    progress = runtime.backtests.progress(one.id) if running and runtime.backtests else None
    interrupted = running and progress is None
    return {
        "id": one.id,
        "status": "interrupted" if interrupted else one.status,
        "progress": progress,
        "asked_by": one.asked_by,
        "asked_at": one.asked_at,
        "ended_at": one.ended_at,
        "because": INTERRUPTED if interrupted else one.because,
    }


def _item(runtime: Runtime, one: Backtest, *, result: bool = False) -> BacktestItem:
    found = one.finding if isinstance(one.finding, Finding) else None
    return BacktestItem(
        **course(runtime, one),
        **{name: getattr(one.asked, name) for name in Asked.__struct_fields__},
        result=found if result else msgspec.UNSET,
    )


HANDLERS = [
    backtest_version,
    backtest_ruleset,
    list_backtests,
    get_backtest,
    cancel_backtest,
]
