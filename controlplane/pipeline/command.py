"""
A command is a person's or a program's wish to change something, kept in the log.

Its outcome is what came of it: the status and body that the caller is answered with.
The id is the idempotency key: the same command twice has one effect and one outcome.
"""

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from rules.refusal import Refusal

COMMAND_SOURCE = "urn:controlplane:command"
SWEEP_SOURCE = "urn:controlplane:sweep"


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is `noun:verb`, e.g. `exception:acknowledge`; `at` is when it was asked for."""

    id: str
    name: str
    actor: str
    body: dict[str, Any]
    at: datetime
    roles: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What was asked, apart from who, when and under which key."""
        asked = msgspec.json.encode([self.name, self.body], order="deterministic")
        return hashlib.sha256(asked).hexdigest()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The HTTP status and JSON body of the answer; a refusal's body is a problem document."""

    status: int
    body: Any = None

    @property
    def refused(self) -> bool:
        return self.status >= 400  # noqa: PLR2004 - HTTP's own boundary


def encode_command(command: Command) -> bytes:
    return msgspec.json.encode(command)


def decode_command(payload: bytes) -> Command:
    return msgspec.json.decode(payload, type=Command)


def read_command(payload: bytes) -> Command | None:
    """Return the command in *payload*; None where not even that can be read."""
    try:
        return decode_command(payload)
    except msgspec.MsgspecError:
        return None


def problem(refusal: Refusal) -> dict[str, Any]:
    """Return *refusal* as an RFC 9457 problem document."""
    document: dict[str, Any] = {
        "type": f"/problems/{refusal.type}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
    }
    if refusal.errors:
        document["errors"] = msgspec.to_builtins(refusal.errors)
    return {**refusal.extra, **document}


def refused(refusal: Refusal) -> Outcome:
    return Outcome(status=refusal.status, body=problem(refusal))
