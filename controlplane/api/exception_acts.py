"""What people do to an exception, or to all that stands of an incident."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, post
from litestar.params import FromPath, JSONBody

from controlplane.api.exceptions import show
from controlplane.api.query import instant_of
from controlplane.api.submission import respond, submit
from controlplane.api.wiring import WebRequest, Wired
from controlplane.applying.incident import Done
from controlplane.identity.role import LOCAL, Role
from controlplane.runtime import Runtime
from governance.exception.representation import ShownException

_TAGS = ["Exceptions"]


class Acknowledging(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    promised_at: datetime | None = None
    note: str = ""


class Assigning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No `assignee`: nobody works it any more."""

    assignee: str | None = None
    note: str = ""


class Commenting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    note: str


class Waiving(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    until: datetime
    reason: str


class Approving(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    note: str = ""


class Refusing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: str


class Resolving(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: str = ""
    note: str = ""


class Reopening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: str


@post(
    "/v1/exceptions/{exception:str}/acknowledge",
    operation_id="acknowledge_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def acknowledge(
    runtime: Wired, request: WebRequest, exception: FromPath[str], data: JSONBody[Acknowledging]
) -> Response[ShownException]:
    """Somebody works it; `promised_at` says until when it is to be solved."""
    return _act(runtime, request, "exception:acknowledge", exception, data)


@post(
    "/v1/exceptions/{exception:str}/assign",
    operation_id="assign_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def assign(
    runtime: Wired, request: WebRequest, exception: FromPath[str], data: JSONBody[Assigning]
) -> Response[ShownException]:
    """Say who is to work it."""
    return _act(runtime, request, "exception:assign", exception, data)


@post(
    "/v1/exceptions/{exception:str}/comment",
    operation_id="comment_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def comment(
    runtime: Wired, request: WebRequest, exception: FromPath[str], data: JSONBody[Commenting]
) -> Response[ShownException]:
    """Add a line to its history."""
    return _act(runtime, request, "exception:comment", exception, data)


@post(
    "/v1/exceptions/{exception:str}/waive",
    operation_id="waive_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def waive(
    runtime: Wired, request: WebRequest, exception: FromPath[str], data: JSONBody[Waiving]
) -> Response[ShownException]:
    """
    Ask that the risk be accepted until a day; a steward who is somebody else approves.

    A steward who works alone, and whom the house lets sign their own work, gives it at once.
    """
    return _act(runtime, request, "exception:waive", exception, data)


@post(
    "/v1/exceptions/{exception:str}/approve",
    operation_id="approve_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.STEWARD,
)
def approve(
    runtime: Wired, request: WebRequest, exception: FromPath[str], data: JSONBody[Approving]
) -> Response[ShownException]:
    """Accept the risk until the day that somebody else asked for."""
    return _act(runtime, request, "exception:approve", exception, data)


@post(
    "/v1/exceptions/{exception:str}/refuse",
    operation_id="refuse_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def refuse(
    runtime: Wired, request: WebRequest, exception: FromPath[str], data: JSONBody[Refusing]
) -> Response[ShownException]:
    """Refuse the waiver that is asked for; who asked may take it back."""
    return _act(runtime, request, "exception:refuse", exception, data)


@post(
    "/v1/exceptions/{exception:str}/resolve",
    operation_id="resolve_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def resolve(
    runtime: Wired, request: WebRequest, exception: FromPath[str], data: JSONBody[Resolving]
) -> Response[ShownException]:
    """Close it by hand; it opens again when its rule still fires at the next decision."""
    return _act(runtime, request, "exception:resolve", exception, data)


@post(
    "/v1/exceptions/{exception:str}/reopen",
    operation_id="reopen_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def reopen(
    runtime: Wired, request: WebRequest, exception: FromPath[str], data: JSONBody[Reopening]
) -> Response[ShownException]:
    """Open it again; it stands until its rule fires again or a person resolves it."""
    return _act(runtime, request, "exception:reopen", exception, data)


@post(
    "/v1/incidents/{incident:str}/acknowledge",
    operation_id="acknowledge_incident",
    tags=["Incidents"],
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def acknowledge_all(
    runtime: Wired, request: WebRequest, incident: FromPath[str], data: JSONBody[Acknowledging]
) -> Response[Done]:
    """Somebody works all of it; `promised_at` says until when it is to be solved."""
    return _act_on_all(runtime, request, "incident:acknowledge", incident, data)


@post(
    "/v1/incidents/{incident:str}/assign",
    operation_id="assign_incident",
    tags=["Incidents"],
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def assign_all(
    runtime: Wired, request: WebRequest, incident: FromPath[str], data: JSONBody[Assigning]
) -> Response[Done]:
    """Say who is to work all of it."""
    return _act_on_all(runtime, request, "incident:assign", incident, data)


@post(
    "/v1/incidents/{incident:str}/comment",
    operation_id="comment_incident",
    tags=["Incidents"],
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def comment_all(
    runtime: Wired, request: WebRequest, incident: FromPath[str], data: JSONBody[Commenting]
) -> Response[Done]:
    """Add a line to the history of each of its exceptions."""
    return _act_on_all(runtime, request, "incident:comment", incident, data)


@post(
    "/v1/incidents/{incident:str}/waive",
    operation_id="waive_incident",
    tags=["Incidents"],
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def waive_all(
    runtime: Wired, request: WebRequest, incident: FromPath[str], data: JSONBody[Waiving]
) -> Response[Done]:
    """Ask that the risk of all of it be accepted until a day."""
    return _act_on_all(runtime, request, "incident:waive", incident, data)


@post(
    "/v1/incidents/{incident:str}/approve",
    operation_id="approve_incident",
    tags=["Incidents"],
    sync_to_thread=True,
    status_code=200,
    role=Role.STEWARD,
)
def approve_all(
    runtime: Wired, request: WebRequest, incident: FromPath[str], data: JSONBody[Approving]
) -> Response[Done]:
    """Accept the risk of each that somebody else asked to waive."""
    return _act_on_all(runtime, request, "incident:approve", incident, data)


@post(
    "/v1/incidents/{incident:str}/refuse",
    operation_id="refuse_incident",
    tags=["Incidents"],
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def refuse_all(
    runtime: Wired, request: WebRequest, incident: FromPath[str], data: JSONBody[Refusing]
) -> Response[Done]:
    """Refuse the waivers that are asked for."""
    return _act_on_all(runtime, request, "incident:refuse", incident, data)


@post(
    "/v1/incidents/{incident:str}/resolve",
    operation_id="resolve_incident",
    tags=["Incidents"],
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def resolve_all(
    runtime: Wired, request: WebRequest, incident: FromPath[str], data: JSONBody[Resolving]
) -> Response[Done]:
    """Close all of it by hand."""
    return _act_on_all(runtime, request, "incident:resolve", incident, data)


def _act(
    runtime: Runtime, request: WebRequest, name: str, exception: str, data: msgspec.Struct
) -> Response[Any]:
    """Submit what was done and answer with the exception as it is now."""
    outcome = submit(runtime, request, name, _body(runtime, request, data, exception=exception))
    if outcome.refused:
        return respond(outcome)
    return Response(show(runtime, exception, instant_of(None)), status_code=outcome.status)


def _act_on_all(
    runtime: Runtime, request: WebRequest, name: str, incident: str, data: msgspec.Struct
) -> Response[Any]:
    return respond(submit(runtime, request, name, _body(runtime, request, data, incident=incident)))


def _body(
    runtime: Runtime, request: WebRequest, data: msgspec.Struct, **about: str
) -> dict[str, Any]:
    body = {**about, **msgspec.to_builtins(data)}
    if isinstance(data, Waiving | Approving):
        body["sign_own"] = runtime.settings.sign_own_work or request.user == LOCAL
    return {name: value for name, value in body.items() if value is not None}


HANDLERS = [
    acknowledge,
    assign,
    comment,
    waive,
    approve,
    refuse,
    resolve,
    reopen,
    acknowledge_all,
    assign_all,
    comment_all,
    waive_all,
    approve_all,
    refuse_all,
    resolve_all,
]
