"""Trials: which of the events that are stored a contract's document would refuse."""

import base64
import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter, RawBody

from controlplane.api.backtests import FULL, backtests_of, course, find
from controlplane.api.edition import (
    checked_upload,
    numbered,
    require_sound,
    version_named,
    whole_contract,
)
from controlplane.api.problem import ProblemError
from controlplane.api.query import DEFAULT_LIMIT, Items, Limit
from controlplane.api.submission import change, command_id, respond, submit
from controlplane.api.upload import LARGEST
from controlplane.api.wiring import WebRequest, Wired
from controlplane.backtest import stores
from controlplane.backtest.asked import Backtest, Tried, backtest_id
from controlplane.backtest.backtests import END, FullError, Progress
from controlplane.backtest.refused import Trial
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.registry import VALIDATORS
from controlplane.runtime import Runtime
from governance.contract.catalogue import Contract
from rules.refusal import Refusal

_TAGS = ["Contracts"]
_DAYS, _MOST_DAYS = 30, 3_650
_ENTRIES, _MOST_ENTRIES = 1_000_000, 50_000_000
Days = Annotated[
    int, QueryParameter(ge=1, le=_MOST_DAYS, description="Events that happened in these days.")
]
Entries = Annotated[
    int, QueryParameter(ge=1, le=_MOST_ENTRIES, description="Most entries of the log to read.")
]


class TrialItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    `progress` counts entries of the log; `status` is interrupted where the server that ran it is
    gone. `result` stands when it is done.
    """

    id: str
    status: Literal["running", "done", "cancelled", "failed", "interrupted"]
    progress: Progress | None
    subject: str
    version: str
    format: str
    digest: str
    since: datetime
    entries: int
    as_of: datetime
    offset: int
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    because: str
    result: Trial | msgspec.UnsetType | None = msgspec.UNSET


@post(
    "/v1/contracts/{subject:str}/trial",
    operation_id="try_contract",
    request_max_body_size=LARGEST,
    tags=_TAGS,
    sync_to_thread=True,
    status_code=202,
    role=Role.CONTRIBUTOR,
)
def try_document(  # noqa: PLR0913 - one argument a query parameter
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    body: RawBody,
    *,
    version: FromQuery[str | None] = None,
    days: Days = _DAYS,
    entries: Entries = _ENTRIES,
) -> Response[TrialItem]:
    """
    Hold a document against the events of the last days; look at it under the `Location`.

    The body is as for a version; nothing is put in force, and no version is kept.
    """
    contract, existing = whole_contract(runtime, subject)
    sent = checked_upload(request, body, version, contract)
    require_sound(sent.checked)
    number = numbered(sent, existing)
    document = (sent.content, sent.media_type)
    return _begun(runtime, request, contract, str(number), document, days, entries)


@post(
    "/v1/contracts/{subject:str}/versions/{version:str}/trial",
    operation_id="try_contract_version",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=202,
    role=Role.CONTRIBUTOR,
)
def try_version(  # noqa: PLR0913 - one argument a query parameter
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    version: FromPath[str],
    *,
    days: Days = _DAYS,
    entries: Entries = _ENTRIES,
) -> Response[TrialItem]:
    """Hold a version, a draft above all, against the events of the last days."""
    contract, existing = whole_contract(runtime, subject)
    found = version_named(existing, subject, version)
    document = (found.artifact, found.media_type)
    return _begun(runtime, request, contract, version, document, days, entries)


@get("/v1/trials", operation_id="list_trials", tags=_TAGS, sync_to_thread=True, role=Role.VIEWER)
def list_trials(
    runtime: Wired, subject: FromQuery[str | None] = None, limit: Limit = DEFAULT_LIMIT
) -> Items[TrialItem]:
    """The latest trials, the newest first, without what they found."""
    with reading(runtime.databases.state) as connection:
        found = stores.newest(connection, stores.CONTRACT, about=subject, limit=limit)
    return Items(items=[_item(runtime, one) for one in found])


@get(
    "/v1/trials/{trial:str}",
    operation_id="get_trial",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_trial(runtime: Wired, trial: FromPath[str]) -> TrialItem:
    """How far it is; what would be refused, by producer, with events to open."""
    return _item(runtime, find(runtime, trial, Tried), result=True)


@post(
    "/v1/trials/{trial:str}/cancel",
    operation_id="cancel_trial",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def cancel_trial(runtime: Wired, request: WebRequest, trial: FromPath[str]) -> Response[Any]:
    """End a trial at once; what it had found is forgotten."""
    find(runtime, trial, Tried)
    backtests_of(runtime).cancel(trial)
    return change(runtime, request, END, {"id": trial, "status": "cancelled"})


def _begun(  # noqa: PLR0913, PLR0917 - what is tried on what
    runtime: Runtime,
    request: WebRequest,
    contract: Contract,
    version: str,
    document: tuple[bytes, str],
    days: int,
    entries: int,
) -> Response[Any]:
    if contract.format not in VALIDATORS:
        raise ProblemError(_unchecked(contract))
    content, media_type = document
    asked = {
        "subject": contract.subject,
        "version": version,
        "format": contract.format,
        "media_type": media_type,
        "digest": hashlib.sha256(content).hexdigest(),
        "days": days,
        "entries": entries,
    }
    backtests = backtests_of(runtime)
    try:
        with backtests.room(backtest_id(command_id(request))):
            outcome = submit(runtime, request, "trial:begin", asked)
            if outcome.refused:
                return respond(outcome)
            begun = find(runtime, outcome.body["id"], Tried)
            if begun.status == stores.RUNNING:
                backtests.start(begun, base64.b64encode(content).decode())
    except FullError as error:
        raise ProblemError(FULL, headers={"retry-after": "10"}) from error
    location = {"location": f"/v1/trials/{begun.id}"}
    return Response(_item(runtime, begun), status_code=202, headers=location)


def _unchecked(contract: Contract) -> Refusal:
    return Refusal(
        type="not-tried",
        status=409,
        title="No event is held against this contract",
        detail=f"Events in JSON are not held against a contract in {contract.format}.",
    )


def _item(runtime: Runtime, one: Backtest, *, result: bool = False) -> TrialItem:
    told = set(TrialItem.__struct_fields__) & set(Tried.__struct_fields__)
    found = one.finding if isinstance(one.finding, Trial) else None
    return TrialItem(
        **course(runtime, one),
        **{name: getattr(one.asked, name) for name in told},
        result=found if result else msgspec.UNSET,
    )


HANDLERS = [try_document, try_version, list_trials, get_trial, cancel_trial]
