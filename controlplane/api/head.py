"""HEAD is answered wherever GET is: the same status and headers, no body (RFC 9110, 9.3.2)."""

from typing import Any

from litestar import Litestar
from litestar.types import Message


class HeadAnswering(Litestar):
    """Asks itself with GET and keeps the body back; no route has to say so."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await super().__call__(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        asked: Any = {**scope, "method": "GET"}
        await super().__call__(asked, receive, without_body)
