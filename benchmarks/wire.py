"""The load: keep-alive connections that send prepared bytes, so that the server is measured."""

import asyncio
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

CONNECTIONS = 8


class AnswerError(RuntimeError):
    """A request was not answered with success."""


def elapsed(
    url: str, path: str, bodies: Sequence[bytes], *, connections: int = CONNECTIONS
) -> float:
    """Return the seconds in which all *bodies* were posted to *path* and answered."""
    return asyncio.run(_elapsed(url, path, bodies, connections))


async def _elapsed(url: str, path: str, bodies: Sequence[bytes], connections: int) -> float:
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 80
    requests = [_request(host, port, path, body) for body in bodies]
    waiting = iter(requests)
    opened = [await asyncio.open_connection(host, port) for _ in range(connections)]

    async def drive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for request in waiting:
            writer.write(request)
            await _answer(reader)

    begun = time.perf_counter()
    await asyncio.gather(*(drive(reader, writer) for reader, writer in opened))
    took = time.perf_counter() - begun
    for _, writer in opened:
        writer.close()
    return took


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lowered = head.lower()
    at = lowered.index(b"content-length:") + len(b"content-length:")
    length = int(lowered[at : lowered.index(b"\r\n", at)])
    body = await reader.readexactly(length)
    if not 200 <= status < 300:
        raise AnswerError(f"{status}: {body[:300].decode(errors='replace')}")


def _request(host: str, port: int, path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}:{port}\r\n"
        f"content-type: application/cloudevents-batch+json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
