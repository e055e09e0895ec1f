"""The load: keep-alive connections that send prepared bytes, so that the server is measured."""

import asyncio
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

CONNECTIONS = 8
EVENTS = "application/cloudevents-batch+json"


class AnswerError(RuntimeError):
    """A request was not answered with success."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """`each` are the seconds of every request and its answer, in the order of the answers."""

    seconds: float
    each: list[tuple[float, bytes]]


def elapsed(
    url: str, path: str, bodies: Sequence[bytes], *, connections: int = CONNECTIONS
) -> float:
    """Return the seconds in which all *bodies* were posted to *path* and answered."""
    return answered(url, path, bodies, connections=connections, media_type=EVENTS).seconds


def answered(
    url: str,
    path: str,
    bodies: Sequence[bytes],
    *,
    connections: int = CONNECTIONS,
    media_type: str = "application/json",
) -> Answered:
    """Post all *bodies* to *path*, on as many connections at once; empty ones are got."""
    split = urlsplit(url)
    host, port = split.hostname or "", split.port or 80
    requests = [_request(f"{host}:{port}", path, body, media_type) for body in bodies]
    return asyncio.run(_answered(host, port, requests, connections))


async def _answered(host: str, port: int, requests: Sequence[bytes], connections: int) -> Answered:
    waiting = iter(requests)
    opened = [await asyncio.open_connection(host, port) for _ in range(connections)]
    each: list[tuple[float, bytes]] = []

    async def drive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for request in waiting:
            sent = time.perf_counter()
            writer.write(request)
            body = await _answer(reader)
            each.append((time.perf_counter() - sent, body))

    begun = time.perf_counter()
    await asyncio.gather(*(drive(reader, writer) for reader, writer in opened))
    took = time.perf_counter() - begun
    for _, writer in opened:
        writer.close()
    return Answered(seconds=took, each=each)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lowered = head.lower()
    at = lowered.index(b"content-length:") + len(b"content-length:")
    length = int(lowered[at : lowered.index(b"\r\n", at)])
    body = await reader.readexactly(length)
    if not 200 <= status < 300:
        raise AnswerError(f"{status}: {body[:300].decode(errors='replace')}")
    return body


def _request(host: str, path: str, body: bytes, media_type: str) -> bytes:
    if not body:
        return f"GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\n"
        f"content-type: {media_type}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
