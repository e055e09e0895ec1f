"""
What the clocks of a case contribute.

An open clock reads otherwise as time passes: it counts as near from its first warning and as
late from its deadline on, by their instants.
"""

from collections.abc import Callable, Iterable

from observability.clock.clock import Clock
from observability.health.stage import stage_of, time_taken
from observability.instance.instance import RUNNING
from observability.objective import Objective
from observability.projection.clock_stores import KeptClock
from observability.rollup.contribution import Contribution
from observability.rollup.measure import RolledCase
from rules.calendar import BusinessCalendar
from rules.instant import optional_micros, to_micros
from rules.memory import Memory

_spent: Memory[tuple[int | None]] = Memory(20_000)


def is_open(kept: KeptClock) -> bool:
    one = kept.clock
    return not (one.target_at or one.cancelled_at or one.paused_at)


def was_met(kept: KeptClock) -> bool:
    one = kept.clock
    return one.target_at is not None and one.target_at <= one.due_at


def ended(case: RolledCase) -> Iterable[Contribution]:
    """
    (objective, met | late | cancelled) on the day on which it was met, its promise broke, or it
    was cancelled; the amount that came late.
    """
    for kept in case.clocks:
        one = kept.clock
        if one.target_at is not None and was_met(kept):
            yield Contribution((one.sla, "met"), at=to_micros(one.target_at))
        elif one.target_at is not None:
            yield Contribution((one.sla, "late"), at=to_micros(one.due_at), amount=kept.amount)
        elif one.cancelled_at is not None:
            yield Contribution((one.sla, "cancelled"), at=to_micros(one.cancelled_at))


def spent(case: RolledCase) -> Iterable[Contribution]:
    """(objective) and the time that counts from start to target, on the day that `ended` says."""
    for kept in case.clocks:
        one, objective = kept.clock, case.judged.objectives.get(kept.clock.sla)
        if one.target_at is not None and objective is not None:
            calendar = case.judged.calendars.get(one.calendar or objective.calendar or "")
            taken = _time_spent(one, objective, calendar)
            if taken is not None:
                at = to_micros(min(one.target_at, one.due_at))
                yield Contribution((one.sla,), at=at, value=taken)


def paused(case: RolledCase) -> Iterable[Contribution]:
    """(objective)."""
    for kept in case.clocks:
        one = kept.clock
        if one.paused_at and not (one.target_at or one.cancelled_at):
            yield Contribution((one.sla,))


def near(case: RolledCase) -> Iterable[Contribution]:
    """An open clock from its first warning on, or from the moment after its deadline."""
    return _pressing(case, _near_at)


def late(case: RolledCase) -> Iterable[Contribution]:
    """An open clock at the instant past which it is absent; its amount."""
    return _pressing(case, _absent_at, worth=True)


def _pressing(
    case: RolledCase, instant: Callable[[Clock], int | None], *, worth: bool = False
) -> Iterable[Contribution]:
    """
    (objective, stage of the case, running | "", first of the stage it begins in | "", first of
    all | ""): of several clocks of a case, the first counts for the case.
    """
    one = case.instance
    running = "running" if one.state == RUNNING else ""
    begun: set[str | None] = set()
    waiting = sorted(
        (at, kept.clock.id, kept)
        for kept in case.clocks
        if is_open(kept) and (at := instant(kept.clock)) is not None
    )
    for place, (at, _, kept) in enumerate(waiting):
        begins = _begins_in(case, kept.clock.sla)
        first_of_stage = "" if begins in begun else "first"
        begun.add(begins)
        yield Contribution(
            (
                kept.clock.sla,
                one.stage or "",
                running,
                first_of_stage,
                "" if place else "first",
            ),
            at=at,
            amount=kept.amount if worth else None,
        )


def _begins_in(case: RolledCase, sla: str) -> str | None:
    model = case.judged.model
    return None if model is None else stage_of(model, case.judged.objectives.get(sla))


def _near_at(clock: Clock) -> int:
    past = to_micros(clock.absent_at or clock.due_at) + 1
    return min([past, *map(to_micros, clock.warnings)])


def _absent_at(clock: Clock) -> int | None:
    """None while nobody can tell: who would is silent."""
    return optional_micros(clock.absent_at)


def _time_spent(
    clock: Clock, objective: Objective, calendar: BusinessCalendar | None
) -> int | None:
    """Return the microseconds from start to target; None when the calendar is missing."""
    known = _spent.recall(clock, objective, calendar)
    if known is None:
        known = _spent.keep((_measured(clock, objective, calendar),), clock, objective, calendar)
    return known[0]


def _measured(clock: Clock, objective: Objective, calendar: BusinessCalendar | None) -> int | None:
    if clock.target_at is None:
        return None
    span = (to_micros(clock.started_at), to_micros(clock.target_at))
    taken = time_taken(objective, calendar, [span])
    return None if taken is None else taken[0]
