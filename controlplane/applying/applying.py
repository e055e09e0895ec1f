"""What a handler of commands is given, and what it gives back."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from controlplane.pipeline.command import Command, Outcome
from controlplane.pipeline.moment import Moment
from controlplane.pipeline.processing import Processing
from governance.ledger import stores as ledger
from rules.instant import InstantError, parse_instant
from rules.refusal import Problem, Refusal


class Applying(msgspec.Struct, frozen=True, kw_only=True):
    """One command being applied, inside the worker's transaction."""

    command: Command
    state: Connection
    log: Connection
    processing: Processing
    moment: Moment

    def record(self, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Append to the audit ledger who did *action* (source:subject:action) to *subject*."""
        ledger.append(
            self.state,
            actor=self.command.actor,
            action=action,
            subject=subject,
            detail=dict(detail),
            at=self.command.at,
        )

    def field(self, name: str) -> str:
        """Return the text *name* of the body, empty when it is absent; the edge has checked it."""
        value = self.command.body.get(name)
        return value if isinstance(value, str) else ""

    def instant(self, name: str) -> datetime | Refusal | None:
        """Return the time *name* of the body, None when it is absent."""
        text = self.field(name)
        if not text:
            return None
        try:
            return parse_instant(text)
        except InstantError as error:
            return invalid(f"/{name}", str(error))


Handler = Callable[[Applying], Outcome | Refusal]


def not_found(what: str, name: str) -> Refusal:
    return Refusal(
        type="not-found",
        status=404,
        title=f"No such {what}",
        detail=f"{what} {name!r} does not exist.",
    )


def invalid(pointer: str, detail: str) -> Refusal:
    return Refusal(
        type="invalid-request",
        status=422,
        title="The request does not fit",
        detail=detail,
        errors=(Problem(pointer=pointer, detail=detail),),
    )
