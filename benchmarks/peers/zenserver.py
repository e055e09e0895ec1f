"""
`python -m benchmarks.peers.zenserver`: zen-engine behind the server that the gate stands behind.

It evaluates and answers; it reads no state, keeps nothing and says no reasons. The number of
rules is in WORK_RULES.
"""

import os
from typing import Any

import uvicorn
from litestar import Litestar, get, post

from benchmarks.peers import work
from benchmarks.peers.zenengine import Zen

_zen = Zen(work.rules(int(os.environ.get("WORK_RULES", "3"))))


@get("/health/live")
async def get_liveness() -> dict[str, str]:
    return {"status": "ok"}


@post("/decide", status_code=200)
async def decide(data: dict[str, Any]) -> dict[str, Any]:
    """Answer which rules hold of which of the rows, joined by the caller."""
    return {"fired": sorted(_zen.asked(data["rows"]))}


def main() -> None:
    uvicorn.run(
        Litestar([get_liveness, decide], openapi_config=None),
        host="127.0.0.1",
        port=int(os.environ["CONTROLPLANE_PORT"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
    )


if __name__ == "__main__":
    main()
