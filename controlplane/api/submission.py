"""
A mutation is a command: built at the edge, kept in the log, answered by the worker.

The command's id is drawn from the Idempotency-Key, so that a retry meets the stored answer.
"""

import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response

from controlplane.api.problem import PROBLEM_JSON, invalid
from controlplane.api.wiring import WebRequest
from controlplane.commands import Check
from controlplane.identity.role import LOCAL, Actor
from controlplane.pipeline.command import Command, Outcome
from controlplane.runtime import Runtime
from rules.decision import fingerprint

LONGEST_KEY = 200
NUL = b"\\u0000"  # as JSON writes it


def submit(  # noqa: PLR0913 - who asks for what, and as whom
    runtime: Runtime,
    request: WebRequest,
    name: str,
    body: dict[str, Any],
    check: Check = lambda: None,
    *,
    actor: str | None = None,
) -> Outcome:
    """
    Return what came of the command *name*; blocks, so call it from a worker thread.

    *check* says why it cannot be; a retry of what was answered is not checked again. The caller
    acts, or whom a caller without a key names as *actor*.
    """
    require_storable({**body, "actor": actor})
    command = Command(
        id=command_id(request),
        name=name,
        actor=acting(request.user, actor),
        roles=request.user.roles,
        body=body,
        at=datetime.now(UTC),
    )
    return runtime.commands.submit(command, check)


def require_storable(value: object) -> None:
    """Refuse a text that no database keeps, wherever in *value* it stands."""
    if NUL in msgspec.json.encode(value):
        raise invalid("", "A text holds a NUL character, which no database keeps. Leave it out.")


def respond(outcome: Outcome, headers: dict[str, str] | None = None) -> Response[Any]:
    """Return *outcome* as an HTTP answer; a refusal is a problem document."""
    if not outcome.refused:
        return Response(outcome.body, status_code=outcome.status, headers=headers)
    retry = {"retry-after": "1"} if outcome.status in {429, 503} else {}
    return Response(
        outcome.body, status_code=outcome.status, media_type=PROBLEM_JSON, headers=retry
    )


def change(  # noqa: PLR0913 - likewise
    runtime: Runtime,
    request: WebRequest,
    name: str,
    body: dict[str, Any],
    check: Check = lambda: None,
    *,
    actor: str | None = None,
) -> Response[Any]:
    """Submit the command and answer with its outcome."""
    return respond(submit(runtime, request, name, body, check, actor=actor))


def acting(caller: Actor, named: str | None) -> str:
    """Return who acts; a key acts as nobody but itself."""
    if not named or named == caller.name:
        return caller.name
    if caller != LOCAL:
        raise invalid("/actor", f"You act as {caller.name}: leave the actor out.")
    if len(named) > LONGEST_KEY:
        raise invalid("/actor", f"A name is at most {LONGEST_KEY} characters.")
    return named


def plain(value: msgspec.Struct) -> dict[str, Any]:
    """Return *value* as a command carries it: plain JSON types, absent members left out."""
    built: dict[str, Any] = msgspec.to_builtins(value)
    return {name: one for name, one in built.items() if one is not None}


def command_id(request: WebRequest) -> str:
    """Return the id that the request's Idempotency-Key stands for, or one never seen."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return str(uuid.uuid4())
    if not key.strip() or len(key) > LONGEST_KEY:
        raise invalid("", f"Idempotency-Key is 1 to {LONGEST_KEY} characters.", status=400)
    return fingerprint(request.user.name, request.method, request.url.path, key)
