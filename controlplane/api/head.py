"""HEAD is answered wherever GET is: the same status and headers, no body (RFC 9110, 9.3.2)."""

from typing import Any

from litestar import Litestar
from litestar.types import Message


class HeadAnswering(Litestar):
    """Asks itself with GET and keeps the body back; no route has to say so."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, without_body
        await super().__call__(scope, receive, send)
