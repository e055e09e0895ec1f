"""What people do to an exception, or to all that stands of an incident."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from controlplane.api.exceptions import show
from controlplane.api.query import instant_of
from controlplane.api.submission import change, plain, respond, submit
from controlplane.api.wiring import WebRequest, Wired
from controlplane.applying.incident import Done
from controlplane.identity.role import LOCAL, Role
from controlplane.runtime import Runtime
from governance.exception.representation import ShownException


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What is said with an act, as its `reason` or as a `note`.

    `actor` is the caller; only who needs no key, on the machine itself, acts as somebody else.
    """

    reason: str = ""
    note: str = ""
    actor: str | None = None


class Acknowledging(Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    promised_at: datetime | None = None


class Assigning(Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No `assignee`: nobody works it any more."""

    assignee: str | None = None


class Waiving(Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    until: datetime


class Approving(Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A waiver is approved."""


class Act(NamedTuple):
    """
    What people do, to one exception or, where `to_all` says so, to all that stands of an incident.

    `asks` is what the request's body has to be.
    """

    verb: str
    asks: Any
    to_one: str
    to_all: str = ""
    role: Role = Role.CONTRIBUTOR


ACTS = (
    Act(
        "acknowledge",
        JSONBody[Acknowledging],
        to_one="Somebody works it; `promised_at` says until when it is to be solved.",
        to_all="Somebody works all of it; `promised_at` says until when it is to be solved.",
    ),
    Act(
        "assign",
        JSONBody[Assigning],
        to_one="Say who is to work it.",
        to_all="Say who is to work all of it.",
    ),
    Act(
        "comment",
        JSONBody[Said],
        to_one="Add a line to its history.",
        to_all="Add a line to the history of each of its exceptions.",
    ),
    Act(
        "waive",
        JSONBody[Waiving],
        to_one="Ask that the risk be accepted until a day; a steward who is somebody else approves."
        "\n\n"
        "A steward who works alone, and whom the house lets sign their own work, gives it at once.",
        to_all="Ask that the risk of all of it be accepted until a day.",
    ),
    Act(
        "approve",
        JSONBody[Approving],
        to_one="Accept the risk until the day that somebody else asked for.",
        to_all="Accept the risk of each that somebody else asked to waive.",
        role=Role.STEWARD,
    ),
    Act(
        "refuse",
        JSONBody[Said],
        to_one="Refuse the waiver that is asked for; who asked may take it back.",
        to_all="Refuse the waivers that are asked for.",
    ),
    Act(
        "resolve",
        JSONBody[Said],
        to_one="Close it by hand; it opens again when its rule still fires at the next decision.",
        to_all="Close all of it by hand.",
    ),
    Act(
        "reopen",
        JSONBody[Said],
        to_one="Open it again; it stands until its rule fires again or a person resolves it.",
    ),
)


def _on_one(act: Act) -> HTTPRouteHandler:
    """Return the route by which *act* is done to one exception."""

    def answer(
        runtime: Wired, request: WebRequest, exception: FromPath[str], data: Any
    ) -> Response[ShownException]:
        body = _body(runtime, request, data, exception=exception)
        outcome = submit(runtime, request, f"exception:{act.verb}", body, actor=data.actor)
        if outcome.refused:
            return respond(outcome)
        return Response(show(runtime, exception, instant_of(None)), status_code=outcome.status)

    answer.__annotations__["data"] = act.asks
    answer.__doc__ = act.to_one
    return post(
        f"/v1/exceptions/{{exception:str}}/{act.verb}",
        operation_id=f"{act.verb}_exception",
        summary=act.verb.title(),
        tags=["Exceptions"],
        sync_to_thread=True,
        status_code=200,
        role=act.role,
    )(answer)


def _on_all(act: Act) -> HTTPRouteHandler:
    """Return the route by which *act* is done to all that stands of an incident."""

    def answer(
        runtime: Wired, request: WebRequest, incident: FromPath[str], data: Any
    ) -> Response[Done]:
        body = _body(runtime, request, data, incident=incident)
        return change(runtime, request, f"incident:{act.verb}", body, actor=data.actor)

    answer.__annotations__["data"] = act.asks
    answer.__doc__ = act.to_all
    return post(
        f"/v1/incidents/{{incident:str}}/{act.verb}",
        operation_id=f"{act.verb}_incident",
        summary=f"{act.verb.title()}All",
        tags=["Incidents"],
        sync_to_thread=True,
        status_code=200,
        role=act.role,
    )(answer)


def _body(runtime: Runtime, request: WebRequest, data: Said, **about: str) -> dict[str, Any]:
    told = {"reason": data.reason or data.note, "note": data.note or data.reason}
    body = {**about, **plain(data), **told}
    body.pop("actor", None)
    if isinstance(data, Waiving | Approving):
        body["sign_own"] = runtime.settings.sign_own_work or request.user == LOCAL
    return body


HANDLERS = [
    *(_on_one(act) for act in ACTS),
    *(_on_all(act) for act in ACTS if act.to_all),
]
