"""
Where work is, and where it is late.

A case has reached its own stage and every stage before it. A clock belongs to the stage whose
activity starts it: there stands what is promised next, and how long that takes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import msgspec

from observability.clock.clock import nominal_time
from observability.model.model import ProcessModel
from observability.objective import Objective
from rules.calendar import BusinessCalendar

_HOUR = timedelta(hours=1)
_HOUR_MICROS = 3_600_000_000
SLOWEST = 0.9
_DIGITS = 4
AT_RISK, BREACHED = "at_risk", "breached"


class StageLoad(msgspec.Struct, frozen=True, kw_only=True):
    """
    Cases whose furthest stage is `stage`, and those of them that still run: of the window, and
    of before it those that run or on which a clock is open.
    """

    stage: str | None
    cases: int
    running: int


class Pressed(msgspec.Struct, frozen=True, kw_only=True):
    """
    Open clocks of one objective on cases of one `stage`: `near` have passed a warning or the
    deadline, `late` the deadline.

    Of several clocks of a case, the `first` of those that begin in one stage, and the
    `foremost` of all, stand for the case: one is first to be near, another may be first to be
    late.
    """

    sla: str
    stage: str | None
    running: bool
    first: bool
    foremost: bool
    near: int
    late: int


class StageHealth(msgspec.Struct, frozen=True, kw_only=True):
    """
    `reached` = `on_track` + `at_risk` + `breached`, by the worst open clock that began in the
    stage; `waiting` are the running cases that have got no further, of which `waiting_at_risk`
    and `waiting_breached` by their worst open clock of any stage. `p90_hours` is the slowest
    tenth of the clocks that ended, from start to target (or to now), in hours that count on the
    calendar; `limit_hours` and `sla` are of the objective that comes nearest to its limit.
    """

    stage: str
    title: str | None = None
    owner: str | None = None
    reached: int = 0
    waiting: int = 0
    on_track: int = 0
    at_risk: int = 0
    breached: int = 0
    waiting_at_risk: int = 0
    waiting_breached: int = 0
    sla: str | None = None
    p90_hours: float | None = None
    limit_hours: float | None = None


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long the slowest tenth of one objective's clocks took, against what is promised."""

    sla: str
    p90_hours: float
    limit_hours: float


def stages_health(
    model: ProcessModel,
    loads: Iterable[StageLoad],
    pressed: Sequence[Pressed],
    objectives: Mapping[str, Objective],
    paces: Mapping[str, Pace],
) -> list[StageHealth]:
    by_stage = {load.stage: load for load in loads}
    begun = _counted(
        (stage_of(model, objectives.get(one.sla)), one) for one in pressed if one.first
    )
    waiting = _counted((one.stage, one) for one in pressed if one.foremost and one.running)
    reached = 0
    found = []
    for stage in reversed(model.stages):
        load = by_stage.get(stage.stage, StageLoad(stage=stage.stage, cases=0, running=0))
        reached += load.cases
        late, near = begun[stage.stage, BREACHED], begun[stage.stage, AT_RISK]
        pace = _pace(model, stage.stage, objectives, paces)
        found.append(
            StageHealth(
                stage=stage.stage,
                title=stage.title,
                owner=model.owner_of(stage.stage),
                reached=reached,
                waiting=load.running,
                on_track=max(reached - late - near, 0),
                at_risk=near,
                breached=late,
                waiting_at_risk=waiting[stage.stage, AT_RISK],
                waiting_breached=waiting[stage.stage, BREACHED],
                sla=pace.sla if pace else None,
                p90_hours=pace.p90_hours if pace else None,
                limit_hours=pace.limit_hours if pace else None,
            )
        )
    return found[::-1]


def _counted(pressed: Iterable[tuple[str | None, Pressed]]) -> Counter[tuple[str | None, str]]:
    counts: Counter[tuple[str | None, str]] = Counter()
    for stage, one in pressed:
        counts[stage, BREACHED] += one.late
        counts[stage, AT_RISK] += one.near - one.late
    return counts


def stage_of(model: ProcessModel, objective: Objective | None) -> str | None:
    """Return the stage in which the clocks of *objective* begin."""
    starts = objective.start if objective else ()
    return next((stage for one in starts if (stage := model.stage_of(one))), None)


def time_taken(
    objective: Objective, calendar: BusinessCalendar | None, spans: Sequence[tuple[int, int]]
) -> list[int] | None:
    """Return the time of *spans* (UTC microseconds) that counts; None without its calendar."""
    if not objective.target.on_calendar:
        return [end - begin for begin, end in spans]
    return None if calendar is None else calendar.spent(spans)


def pace(
    objective: Objective, calendar: BusinessCalendar | None, slowest: float | None
) -> Pace | None:
    """
    Return how the *slowest* tenth of its clocks (microseconds) stands to the promise.

    None where the promise is no time that can be told.
    """
    limit = nominal_time(objective, calendar)
    if limit is None:
        return None
    return Pace(
        sla=objective.sla,
        p90_hours=round((slowest or 0) / _HOUR_MICROS, _DIGITS),
        limit_hours=round(limit / _HOUR, _DIGITS),
    )


def _pace(
    model: ProcessModel,
    stage: str,
    objectives: Mapping[str, Objective],
    paces: Mapping[str, Pace],
) -> Pace | None:
    those = [paces[sla] for sla in sorted(paces) if stage_of(model, objectives.get(sla)) == stage]
    return max(those, key=lambda one: one.p90_hours / one.limit_hours, default=None)
