"""Messages that are whole when they are put into the outbox, and wait for no others."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection

from governance.grouping import GroupKey
from governance.routing import Destination
from governance.tables import outbox
from rules.decision import fingerprint
from rules.instant import to_micros

_ID_LETTERS = 32


def enqueue_whole(
    connection: Connection,
    to: Destination,
    message: msgspec.Struct,
    labels: dict[str, str],
    *,
    at: datetime,
) -> None:
    """Keep *message* until the receiver of *to* has it."""
    name = to.receiver.receiver
    payload = msgspec.json.encode(message).decode()
    key = msgspec.json.encode(GroupKey(route=to.route, receiver=name, labels=labels)).decode()
    begun = fingerprint(name, key, payload)
    connection.execute(
        outbox.insert().values(
            id=f"msg_{begun[:_ID_LETTERS]}",
            receiver=name,
            channel=to.receiver.channel,
            group_key=key,
            members="[]",
            state="waiting",
            payload=payload,
            created_at=to_micros(at),
            due_at=to_micros(at),
            attempts=0,
        )
    )
