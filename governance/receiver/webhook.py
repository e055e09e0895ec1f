"""
A webhook is one signed POST (https://www.standardwebhooks.com).

No redirects, no proxies, ten seconds in all, and at most 1 KiB of the reply is read. The id
is the same at every attempt, so that a receiver can tell a repeat from news.
"""

import asyncio
import binascii
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ssl import SSLContext

import httpx
from standardwebhooks import Webhook as Signer
from standardwebhooks.webhooks import EmptyWebhookSecretError

from governance.outbox.outgoing import Answer, Outgoing
from governance.receiver.egress import Egress, EgressError
from governance.receiver.secret import SecretError, read_secret
from governance.team import Webhook

PATIENCE = timedelta(seconds=10)
MAX_REPLY = 1_024
_AGAIN = frozenset({408, 425, 429})
_PORTS = {"http": 80, "https": 443}


async def post(  # noqa: PLR0913 - what is sent, where to, and what is allowed
    client: httpx.AsyncClient,
    webhook: Webhook,
    outgoing: Outgoing,
    *,
    egress: Egress,
    at: datetime,
    patience: timedelta = PATIENCE,
) -> Answer:
    """Return what came of sending *outgoing* to *webhook*."""
    try:
        headers = _headers(webhook, outgoing, at=at)
        async with asyncio.timeout(patience.total_seconds()):
            return await _post(client, webhook.url, outgoing.payload, headers, egress, at=at)
    except SecretError as error:
        return Answer(result="retry", detail=str(error))
    except EgressError as error:
        return Answer(result="dead", detail=str(error))
    except TimeoutError:
        return Answer(result="retry", detail=f"no answer in {patience.total_seconds():g} s")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Answer(result="retry", detail=f"{type(error).__name__}: {error}"[:MAX_REPLY])


def client(trusted: SSLContext | None = None) -> httpx.AsyncClient:
    """
    Return an HTTP client that follows nothing and takes nothing from the environment.

    *trusted* names the authorities that may vouch for a server; None: the public ones.
    """
    return httpx.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        timeout=PATIENCE.total_seconds(),
        verify=True if trusted is None else trusted,
    )


async def _post(  # noqa: PLR0913 - what is sent, where to, and what is allowed
    client: httpx.AsyncClient,
    address: str,
    payload: str,
    headers: dict[str, str],
    egress: Egress,
    *,
    at: datetime,
) -> Answer:
    url = httpx.URL(address)
    port = url.port or _PORTS[url.scheme]
    vetted = await egress.vet(url.host, port)
    headers["host"] = url.netloc.decode("ascii")
    request = client.build_request(
        "POST",
        url.copy_with(host=vetted),
        content=payload.encode(),
        headers=headers,
        extensions={"sni_hostname": url.host},
    )
    reply = await client.send(request, stream=True)
    try:
        return _answer(reply, await _excerpt(reply), at=at)
    finally:
        await reply.aclose()


def _headers(webhook: Webhook, outgoing: Outgoing, *, at: datetime) -> dict[str, str]:
    headers = {
        "content-type": "application/json",
        "user-agent": "controlplane",
        "webhook-id": outgoing.id,
        "webhook-timestamp": str(int(at.timestamp())),
    }
    if webhook.secret is not None:
        signer = _signer(webhook.secret)
        headers["webhook-signature"] = signer.sign(outgoing.id, at, outgoing.payload)
    return headers


def _signer(reference: str) -> Signer:
    try:
        return Signer(read_secret(reference))
    except (binascii.Error, EmptyWebhookSecretError, ValueError) as error:
        message = f"{reference} holds no Standard Webhooks secret (whsec_ and base64)"
        raise SecretError(message) from error


async def _excerpt(reply: httpx.Response) -> str:
    read = b""
    async for chunk in reply.aiter_raw(MAX_REPLY):
        read += chunk
        if len(read) >= MAX_REPLY:
            break
    return read[:MAX_REPLY].decode(errors="replace").replace("\0", "").strip()


def _answer(reply: httpx.Response, excerpt: str, *, at: datetime) -> Answer:
    status = reply.status_code
    detail = f"{status} {excerpt}".strip()
    if reply.is_success:
        return Answer(result="delivered", detail=detail)
    if reply.is_server_error or status in _AGAIN:
        asked = _retry_after(reply.headers.get("retry-after", ""), at=at)
        return Answer(result="retry", detail=detail, retry_after=asked)
    if reply.is_redirect:
        detail = f"{status}: redirects are not followed; give the final address"
    return Answer(result="dead", detail=detail)


def _retry_after(value: str, *, at: datetime) -> timedelta | None:
    """Read Retry-After, in seconds or as a date (RFC 9110, 10.2.3)."""
    if value.strip().isdecimal():
        return timedelta(seconds=min(int(value.strip()[:9]), 10**8))
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(aware - at, timedelta(0))
