"""Time, as a program that tells history needs it: "all is told, judge it as of now"."""

from datetime import datetime

import msgspec
from litestar import post

from controlplane.api.problem import ProblemError
from controlplane.api.wiring import Wired
from controlplane.identity.role import Role
from rules.refusal import Refusal


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """Clocks that were due at `at` are acted on next."""

    at: datetime


@post(
    "/v1/sweeps",
    operation_id="create_sweep",
    tags=["Operating"],
    status_code=202,
    sync_to_thread=True,
    role=Role.OPERATOR,
)
def create_sweep(runtime: Wired) -> Swept:
    """
    Let due clocks be acted on now.

    The server does this by itself every second, except while history is being back-filled.
    """
    if runtime.ticker is None:
        raise ProblemError(
            Refusal(
                type="no-ticker",
                status=503,
                title="This process keeps no time",
                detail="Ask the process that admits events.",
            )
        )
    return Swept(at=runtime.ticker.sweep())


HANDLERS = [create_sweep]
