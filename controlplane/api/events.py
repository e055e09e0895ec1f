"""`POST /v1/events`: CloudEvents in structured, batch and binary mode."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from litestar import Response, post
from litestar.params import FromQuery, JSONBody

from controlplane.admission import Judged, Quarantined
from controlplane.api.leaving import farewell
from controlplane.api.problem import ProblemError
from controlplane.api.receiving import (
    REFUSED,
    admission_of,
    admitted,
    read_body,
    refusal_of,
    runtime_of,
)
from controlplane.api.submission import change, plain
from controlplane.api.wiring import WebRequest, Wired
from controlplane.identity.role import Role
from observability.intake.modes import read_events


class EventsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of the request is on disk: in the log, known before, or in quarantine."""

    accepted: int
    duplicates: int
    quarantined: Sequence[Quarantined]


@post(
    "/v1/events",
    operation_id="post_events",
    status_code=202,
    opt={"role": Role.CONTRIBUTOR},
    request_max_body_size=None,  # bounded while it is read
    summary="Send CloudEvents",
    tags=["Events"],
)
async def post_events(
    request: WebRequest, *, backfill: FromQuery[bool] = False
) -> Response[EventsAnswer]:
    """
    Admit one CloudEvent or a batch; `backfill` marks history, which runs on event time and
    sends no alerts. An event that cannot be admitted is kept in quarantine and named here. The
    headers Deprecation, Sunset and Link tell of versions that end.
    """
    at = datetime.now(UTC)
    admission = admission_of(request)
    try:
        admission.require_room()
        body = await read_body(request, admission.limits.body_bytes)

        def judge() -> Judged:
            batch = read_events(
                body,
                headers=list(request.headers.multi_items()),
                at=at,
                backfill=backfill,
                limits=admission.limits,
            )
            return admission.judge_events(batch, at=at, backfill=backfill, by=request.user)

        judged, appended = await admitted(admission, judge, len(body))
    except REFUSED as error:
        refusal, headers = refusal_of(error)
        raise ProblemError(refusal, headers=headers) from error
    answer = EventsAnswer(
        accepted=appended.accepted,
        duplicates=appended.duplicates,
        quarantined=judged.quarantined,
    )
    return Response(answer, headers=farewell(judged.leaving, runtime_of(request).settings.url))


class RetractBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events of one source by `id` or `ids`, and why they are to count no more."""

    source: str
    reason: str
    id: str | None = None
    ids: list[str] = []


class Retracted(msgspec.Struct, frozen=True, kw_only=True):
    """
    `retracted` are the ids that counted until now, or are to come; `correction` says what
    changed, null where all were retracted before.
    """

    source: str
    retracted: list[str]
    correction: str | None


@post(
    "/v1/events/retract",
    operation_id="retract_events",
    status_code=200,
    role=Role.OPERATOR,
    sync_to_thread=True,
    tags=["Events"],
)
def retract_events(
    runtime: Wired, request: WebRequest, data: JSONBody[RetractBody]
) -> Response[Retracted]:
    """
    Let events count no more, whether they came already or come later. They stay in the log; their
    effect leaves entities, cases, clocks, exceptions and figures.
    """
    return change(runtime, request, "event:retract", plain(data))


HANDLERS = [post_events, retract_events]
