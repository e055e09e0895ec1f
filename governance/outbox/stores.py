"""The outbox and its deliveries as they stand in the database."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Row, func, select

from governance.exception.at_risk import COST_OF_CAPITAL
from governance.exception.process_exception import Change
from governance.exception.stores import get_exceptions, of_incident
from governance.grouping import INCIDENT, STANDS, Group, Notice, Told, group, net, read_key
from governance.message import Sealed, compose
from governance.outbox.outgoing import LEASE, Attempt, Outgoing
from governance.routing import RoutingTree
from governance.tables import delivery, outbox, told
from rules.decision import fingerprint
from rules.instant import from_micros, optional_instant, optional_micros, to_micros
from rules.money import written_out

_CHUNK = 500
_ID_LETTERS = 32
_decode_notices = msgspec.json.Decoder(tuple[Notice, ...]).decode


class StoredOutbox:
    """
    The outbox as a sender sees it: each call is transactions of its own.

    Nobody is kept from writing while there is nothing to send, or while a message is composed.
    """

    def __init__(
        self,
        look: Callable[[], AbstractContextManager[Connection]],
        transaction: Callable[[], AbstractContextManager[Connection]],
        *,
        base_url: str,
        cost_of_capital: Decimal = COST_OF_CAPITAL,
    ) -> None:
        self._look = look
        self._transaction = transaction
        self._base_url = base_url
        self._cost_of_capital = cost_of_capital

    def claim(self, at: datetime) -> list[Outgoing]:
        """Return what is due, sealed and leased to the caller."""
        with self._look() as connection:
            if not any_due(connection, at=at):
                return []
        with self._transaction() as connection:
            claimed = claim(connection, at=at)
        with self._look() as connection:
            composed = [(one, self._composed(connection, one, at)) for one in claimed]
        with self._transaction() as connection:
            sealed = [seal(connection, one, message) for one, message in composed]
        return [one for one in sealed if one is not None]

    def record(self, one: Outgoing, attempt: Attempt) -> None:
        with self._transaction() as connection:
            record(connection, one, attempt)

    def _composed(self, connection: Connection, one: Outgoing, at: datetime) -> Sealed | None:
        """Return what is told; while a message is sent it takes nothing in, so this is all."""
        if one.payload:
            return None
        labels = read_key(one.group_key).labels
        left = net((*notices(connection, one.id), *_members(connection, labels)))
        return compose(
            left,
            get_exceptions(connection, [notice.exception for notice in left]),
            receiver=one.receiver,
            labels=labels,
            base_url=self._base_url,
            at=at,
            cost_of_capital=self._cost_of_capital,
        )


def enqueue(
    connection: Connection, changes: Sequence[Change], tree: RoutingTree, *, at: datetime
) -> int:
    """
    Keep what is to be told of *changes*; return in how many messages it goes out.

    A group that still waits takes the new notices in; one that was sent begins another message.
    """
    heard = _told(connection, sorted({change.exception.id for change in changes}))
    groups = group(changes, tree, heard)
    for one in groups:
        before = _known_to(connection, one)
        _remember(connection, one)
        if not _joined(connection, one) and not _nothing_new(connection, one, before):
            _begin(connection, one, at=at)
    return len(groups)


def claim(connection: Connection, *, at: datetime, limit: int = 50) -> list[Outgoing]:
    """
    Return messages that are due, leased to the caller; a lease that ran out is due again.

    On PostgreSQL several senders claim apart from each other.
    """
    due = (
        select(outbox)
        .where(_is_due(at))
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = [_read(row) for row in connection.execute(due)]
    if claimed:
        connection.execute(
            outbox.update()
            .where(outbox.c.id.in_([one.id for one in claimed]))
            .values(state="sending", due_at=to_micros(at + LEASE))
        )
    return claimed


def any_due(connection: Connection, *, at: datetime) -> bool:
    return connection.execute(select(outbox.c.id).where(_is_due(at)).limit(1)).first() is not None


def _is_due(at: datetime) -> ColumnElement[bool]:
    return outbox.c.state.in_(("waiting", "sending")) & (outbox.c.due_at <= to_micros(at))


def seal(connection: Connection, one: Outgoing, message: Sealed | None) -> Outgoing | None:
    """
    Fix what is sent: from now on every attempt sends these bytes.

    None, and *one* forgotten, where *message* is None: nothing of it is left to tell.
    """
    if one.payload:
        return one
    if message is None:
        connection.execute(outbox.delete().where(outbox.c.id == one.id))
        return None
    payload = written_out(msgspec.json.encode(message)).decode()
    connection.execute(outbox.update().where(outbox.c.id == one.id).values(payload=payload))
    return replace(one, payload=payload)


def record(connection: Connection, one: Outgoing, attempt: Attempt) -> None:
    """Store how *one* stands after *attempt*, and the attempt itself."""
    save(connection, one)
    number = select(func.coalesce(func.max(delivery.c.attempt), 0) + 1)
    connection.execute(
        delivery.insert().values(
            outbox=one.id,
            attempt=connection.execute(number.where(delivery.c.outbox == one.id)).scalar_one(),
            at=to_micros(attempt.at),
            result=attempt.result,
            answer=attempt.answer,
            elapsed_seconds=attempt.elapsed_seconds,
        )
    )


def save(connection: Connection, one: Outgoing) -> None:
    connection.execute(
        outbox.update()
        .where(outbox.c.id == one.id)
        .values(
            state=one.state,
            due_at=to_micros(one.due_at),
            attempts=one.attempts,
            last_error=one.last_error,
            delivered_at=optional_micros(one.delivered_at),
        )
    )


def get_outgoing(connection: Connection, id_: str) -> Outgoing | None:
    row = connection.execute(select(outbox).where(outbox.c.id == id_)).first()
    return _read(row) if row else None


def notices(connection: Connection, id_: str) -> tuple[Notice, ...]:
    """Return what a message is about."""
    members = connection.execute(select(outbox.c.members).where(outbox.c.id == id_)).scalar()
    return _decode_notices(members) if members else ()


def attempts(connection: Connection, id_: str) -> list[Attempt]:
    """Return every attempt to deliver a message, the first first."""
    query = select(delivery).where(delivery.c.outbox == id_).order_by(delivery.c.attempt)
    return [
        Attempt(
            number=row.attempt,
            at=from_micros(row.at),
            result=row.result,
            answer=row.answer,
            elapsed_seconds=row.elapsed_seconds,
        )
        for row in connection.execute(query)
    ]


def list_outgoing(
    connection: Connection,
    *,
    status: str | None = None,
    receiver: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[Outgoing]:
    """Return messages, the newest first, beginning behind (created_at, id) *before*."""
    query = select(outbox).order_by(outbox.c.created_at.desc(), outbox.c.id.desc()).limit(limit)
    if status is not None:
        query = query.where(outbox.c.state == status)
    if receiver is not None:
        query = query.where(outbox.c.receiver == receiver)
    if before is not None:
        created, id_ = to_micros(before[0]), before[1]
        query = query.where(
            (outbox.c.created_at < created)
            | ((outbox.c.created_at == created) & (outbox.c.id < id_))
        )
    return [_read(row) for row in connection.execute(query)]


def _members(connection: Connection, labels: Mapping[str, str]) -> list[Notice]:
    """Return what stands of an incident: a message about it tells the whole of it."""
    incident = labels.get(INCIDENT)
    those = of_incident(connection, incident) if incident else []
    return [Notice(exception=one.id, event="opened") for one in those]


def _known_to(connection: Connection, one: Group) -> int:
    """Return of how many exceptions of the group its receiver knows that they stand."""
    if not one.told_from:
        return 0
    query = select(func.count()).select_from(told).where(told.c.group_key == one.key)
    return connection.execute(query).scalar_one()


def _nothing_new(connection: Connection, one: Group, before: int) -> bool:
    """Whether an incident that was told of goes on as it was: more of it, or less, is no news."""
    if not one.told_from:
        return False
    begins = any(notice.event in STANDS for notice in one.notices)
    return before >= one.told_from if begins else _known_to(connection, one) > 0


def _joined(connection: Connection, one: Group) -> bool:
    """Whether a message that still waits has taken the notices in."""
    open_row = connection.execute(
        select(outbox.c.id, outbox.c.members)
        .where(
            outbox.c.group_key == one.key,
            outbox.c.state == "waiting",
            outbox.c.payload == "",
        )
        .with_for_update()
    ).first()
    if open_row is None:
        return False
    members = f"{open_row.members[:-1]},{_encode(one.notices)[1:]}"  # one array of both
    connection.execute(outbox.update().where(outbox.c.id == open_row.id).values(members=members))
    return True


def _begin(connection: Connection, one: Group, *, at: datetime) -> None:
    begun = fingerprint(one.key, str(to_micros(at)), one.notices[0].exception)
    connection.execute(
        outbox.insert().values(
            id=f"msg_{begun[:_ID_LETTERS]}",
            receiver=one.receiver,
            channel=one.channel,
            group_key=one.key,
            members=_encode(one.notices),
            state="waiting",
            payload="",
            created_at=to_micros(at),
            due_at=to_micros(at + one.wait),
            attempts=0,
        )
    )


def _remember(connection: Connection, one: Group) -> None:
    last = {notice.exception: notice.event for notice in one.notices}
    named = list(last)
    for start in range(0, len(named), _CHUNK):
        connection.execute(
            told.delete().where(
                told.c.group_key == one.key,
                told.c.receiver == one.receiver,
                told.c.exception.in_(named[start : start + _CHUNK]),
            )
        )
    rows = [
        {
            "exception": id_,
            "receiver": one.receiver,
            "group_key": one.key,
            "channel": one.channel,
        }
        for id_, event in last.items()
        if event in STANDS
    ]
    if rows:
        connection.execute(told.insert(), rows)


def _told(connection: Connection, ids: list[str]) -> dict[str, list[Told]]:
    heard: dict[str, list[Told]] = defaultdict(list)
    for start in range(0, len(ids), _CHUNK):
        query = select(told).where(told.c.exception.in_(ids[start : start + _CHUNK]))
        for row in connection.execute(query.order_by(told.c.receiver, told.c.group_key)):
            heard[row.exception].append(
                Told(
                    exception=row.exception,
                    receiver=row.receiver,
                    channel=row.channel,
                    group_key=row.group_key,
                )
            )
    return heard


def _encode(members: Sequence[Notice]) -> str:
    return msgspec.json.encode(members).decode()


def _read(row: Row[Any]) -> Outgoing:
    return Outgoing(
        id=row.id,
        receiver=row.receiver,
        channel=row.channel,
        group_key=row.group_key,
        state=row.state,
        payload=row.payload,
        created_at=from_micros(row.created_at),
        due_at=from_micros(row.due_at),
        attempts=row.attempts,
        last_error=row.last_error,
        delivered_at=optional_instant(row.delivered_at),
    )
