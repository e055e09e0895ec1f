"""An amount on the wire is a plain decimal, never `1E-14`, whichever route answers."""

from typing import Any

import msgspec
from litestar import Response

from rules.money import written_out


async def write_out(response: Response[Any]) -> Response[Any]:
    """
    Encode what is still a value; what is bytes or text already stays as it is.

    Asynchronous though it waits for nothing: Litestar sends a plain hook through a thread.
    """
    content = response.content
    if isinstance(content, msgspec.Struct | dict | list):
        response.content = written_out(msgspec.json.encode(content))
    return response
