"""An application that only decodes CloudEvents: as fast as an endpoint of ours could ever be."""

import os
from typing import Any

import msgspec
import uvicorn
from litestar import Litestar, Request, get, post


class _Event(msgspec.Struct):
    specversion: str
    type: str
    source: str
    id: str
    time: str
    data: dict[str, object]


_decode = msgspec.json.Decoder(list[_Event]).decode


@get("/ready")
async def ready() -> dict[str, bool]:
    return {"ready": True}


@post("/events", status_code=202, request_max_body_size=None)
async def receive(request: Request[Any, Any, Any]) -> dict[str, int]:
    return {"accepted": len(_decode(await request.body()))}


if __name__ == "__main__":
    uvicorn.run(
        Litestar([ready, receive], logging_config=None),
        port=int(os.environ["CONTROLPLANE_PORT"]),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
    )
