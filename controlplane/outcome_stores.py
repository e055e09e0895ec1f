"""Answers to commands, kept so that a repeated command is answered and not repeated."""

import msgspec
from sqlalchemy import Connection, delete, insert, select

from controlplane.pipeline.command import Command, Outcome
from controlplane.tables import outcome
from rules.instant import to_micros


def remember(connection: Connection, command: Command, answer: Outcome, *, offset: int) -> None:
    connection.execute(
        insert(outcome).values(
            command=command.id,
            digest=command.digest,
            status=answer.status,
            body=msgspec.json.encode(answer.body).decode(),
            at=to_micros(command.at),
            offset=offset,
        )
    )


def recall(connection: Connection, command_id: str) -> tuple[str, Outcome] | None:
    """Return the digest of what was asked and the answer, or None while it is not known."""
    row = connection.execute(select(outcome).where(outcome.c.command == command_id)).one_or_none()
    if row is None:
        return None
    return row.digest, Outcome(status=row.status, body=msgspec.json.decode(row.body))


def replace(connection: Connection, command: Command, answer: Outcome, *, offset: int) -> None:
    """Remember *answer* in place of what *command* came to before."""
    connection.execute(delete(outcome).where(outcome.c.command == command.id))
    remember(connection, command, answer, offset=offset)
