"""The other design: an endpoint that processes before it answers. Goal 5 is measured against it."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import uvicorn
from litestar import Litestar, Request, get, post

from controlplane.admission import Admission
from controlplane.consumer import Consumer
from controlplane.database import open_databases
from controlplane.logwriter import LogWriter
from controlplane.pipeline.processing import Processing
from controlplane.registry import Registry
from controlplane.ruleprocess.supervisor import RuleProcesses
from observability.intake.limits import DEFAULT_LIMITS
from observability.intake.modes import read_events


def application(folder: Path, rules: RuleProcesses) -> Litestar:
    databases = open_databases(folder, None)
    admission = Admission(LogWriter(databases.log), Registry(databases), lag=lambda: 0)
    consumer = Consumer(databases, Processing(rules))
    turn = Lock()

    def process() -> None:
        with turn:
            while consumer.step():
                pass

    @get("/ready")
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    @post("/v1/events", status_code=202, request_max_body_size=None)
    async def receive(request: Request[Any, Any, Any]) -> dict[str, int]:
        at = datetime.now(UTC)
        batch = read_events(
            await request.body(),
            headers=list(request.headers.multi_items()),
            at=at,
            backfill=False,
            limits=DEFAULT_LIMITS,
        )
        judged = admission.judge_events(batch, at=at)
        appended = await asyncio.wrap_future(admission.submit(judged))
        await asyncio.to_thread(process)
        return {"accepted": appended.accepted}

    return Litestar([ready, receive], logging_config=None)


if __name__ == "__main__":
    with RuleProcesses(1) as started:
        uvicorn.run(
            application(Path(os.environ["CONTROLPLANE_DATA_DIR"]), started),
            port=int(os.environ["CONTROLPLANE_PORT"]),
            loop="uvloop",
            http="httptools",
            log_config=None,
            access_log=False,
        )
