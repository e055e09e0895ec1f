"""What was observed of a contract beside what it declares."""

from litestar import get
from litestar.params import FromPath, FromQuery

from controlplane.api.problem import invalid, not_found
from controlplane.api.query import AsOf, instant_of
from controlplane.api.wiring import Wired
from controlplane.conformance.reading import conformance_of
from controlplane.conformance.report import Conformance
from controlplane.identity.role import Role
from observability.health.window import WindowError, read_window


@get(
    "/v1/contracts/{subject:str}/conformance",
    operation_id="get_contract_conformance",
    tags=["Contracts"],
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_conformance(
    runtime: Wired,
    subject: FromPath[str],
    *,
    window: FromQuery[str] = "30d",
    version: FromQuery[str | None] = None,
    as_of: AsOf = None,
) -> Conformance:
    """
    Valid share, versions, producers and consumers seen, the trend by day, and where fields drift.

    Fields are those of `version`, by default the one of most events.
    """
    try:
        days = read_window(window, as_of=instant_of(as_of))
    except WindowError as error:
        raise invalid("/window", f"{error}.", status=400) from error
    found = conformance_of(runtime.databases, subject, days, version)
    if found is None:
        raise not_found("contract", subject)
    return found


HANDLERS = [get_conformance]
