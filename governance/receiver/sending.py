"""
What is due is sent, side by side, and what came of it is kept.

A message is leased before it is sent and recorded after: a sender that dies in between
sends it once more, under the same id, and nothing is lost.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from ssl import SSLContext
from typing import Protocol

import httpx
import msgspec

from governance.outbox.outgoing import Answer, Attempt, Outgoing, after
from governance.receiver import webhook
from governance.receiver.egress import Egress
from governance.receiver.mail import MailServer, send_mail
from governance.receiver.mailbox import Mailbox
from governance.team import Receiver


class Outbox(Protocol):
    """Where messages wait; `governance.outbox.stores.StoredOutbox`."""

    def claim(self, at: datetime) -> list[Outgoing]: ...

    def record(self, one: Outgoing, attempt: Attempt) -> None: ...


class Channels(msgspec.Struct, frozen=True, kw_only=True):
    """
    How receivers are reached; without a mail server mails wait and say so.

    With a mailbox nothing is sent: every message is kept there.
    """

    egress: Egress = Egress()
    mail: MailServer | None = None
    mailbox: Mailbox | None = None
    webhook_patience: timedelta = webhook.PATIENCE
    trusted: SSLContext | None = None


def send_due(
    outbox: Outbox, receivers: Mapping[str, Receiver], channels: Channels, *, at: datetime
) -> int:
    """
    Send what is due *at*; return how many messages were tried.

    Raises what the outbox raises; a message that could not be recorded is leased still, and
    is tried again under the same id when the lease ends.
    """
    claimed = outbox.claim(at)
    if claimed:
        asyncio.run(_send_all(outbox, claimed, receivers, channels, at=at))
    return len(claimed)


async def _send_all(
    outbox: Outbox,
    claimed: list[Outgoing],
    receivers: Mapping[str, Receiver],
    channels: Channels,
    *,
    at: datetime,
) -> None:
    async with webhook.client(channels.trusted) as client:
        ends = await asyncio.gather(
            *(
                _send_one(outbox, one, receivers.get(one.receiver), channels, client, at=at)
                for one in claimed
            ),
            return_exceptions=True,  # one that cannot be recorded takes no other with it
        )
    for end in ends:
        if end is not None:
            raise end


async def _send_one(  # noqa: PLR0913 - one message, its way and where it is kept
    outbox: Outbox,
    one: Outgoing,
    receiver: Receiver | None,
    channels: Channels,
    client: httpx.AsyncClient,
    *,
    at: datetime,
) -> None:
    begun = time.perf_counter()
    answer = await _deliver(one, receiver, channels, client, at=at)
    elapsed = timedelta(seconds=time.perf_counter() - begun)
    attempt = Attempt(
        at=at,
        result=answer.result,
        answer=answer.detail,
        elapsed_seconds=f"{elapsed.total_seconds():.3f}",
    )
    tried = after(one, answer, at=at + elapsed)
    if tried.state == "dead":
        attempt = msgspec.structs.replace(attempt, result="dead")
    outbox.record(tried, attempt)


async def _deliver(
    one: Outgoing,
    receiver: Receiver | None,
    channels: Channels,
    client: httpx.AsyncClient,
    *,
    at: datetime,
) -> Answer:
    if receiver is None:
        detail = f"the routing in force knows no receiver {one.receiver!r}"
        return Answer(result="dead", detail=detail)
    if channels.mailbox is not None:
        return channels.mailbox.keep(receiver, one, at=at)
    if receiver.webhook is not None:
        return await webhook.post(
            client,
            receiver.webhook,
            one,
            egress=channels.egress,
            at=at,
            patience=channels.webhook_patience,
        )
    if receiver.email is None or channels.mail is None:
        return Answer(result="retry", detail="no mail server is configured")
    return await send_mail(channels.mail, receiver.email, one, at=at)
