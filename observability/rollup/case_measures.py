"""What the events of a case contribute: where it stands, how long it took, which way it went."""

from collections.abc import Iterable
from itertools import pairwise

from observability.instance.instance import RUNNING
from observability.rollup.clock_measures import is_open, was_met
from observability.rollup.contribution import Contribution
from observability.rollup.measure import RolledCase
from rules.instant import to_micros

AWAITED = "awaited"
OVER = "over"
CONFORMING = "conforming"
DEPARTING = "departing"


def worked(case: RolledCase) -> Iterable[Contribution]:
    """(stage, running | awaited | over) on the day of the last event; `quantity` its events."""
    one = case.instance
    at = to_micros(one.last_at)
    yield Contribution((one.stage or "", _standing(case)), quantity=one.events, at=at)


def standing(case: RolledCase) -> Iterable[Contribution]:
    """(stage, running | awaited) of a case that is not over; what a running one is worth."""
    one, stands = case.instance, _standing(case)
    if stands != OVER:
        worth = one.amount if stands == RUNNING else None
        yield Contribution((one.stage or "", stands), amount=worth)


def lasted(case: RolledCase) -> Iterable[Contribution]:
    """From the first event to the last, on the day of the last; `quantity` is its microseconds."""
    last = to_micros(case.instance.last_at)
    took = last - to_micros(case.instance.started_at)
    yield Contribution(at=last, quantity=took, value=took)


def began(case: RolledCase) -> Iterable[Contribution]:
    """From the first event to the last, on the day of the first; `quantity` is its microseconds."""
    took = to_micros(case.instance.last_at) - case.began
    yield Contribution(at=case.began, quantity=took, value=took)


def steps(case: RolledCase) -> Iterable[Contribution]:
    """
    (from, to) and the time between, of each event, on the day on which the case began;
    `quantity` the same, to be summed. From "" comes the first.
    """
    at = case.began
    if case.events:
        yield Contribution(("", case.events[0].activity), at=at)
    times = [to_micros(event.occurred_at) for event in case.events]
    for place, (one, following) in enumerate(pairwise(case.events)):
        gap = times[place + 1] - times[place]
        yield Contribution((one.activity, following.activity), quantity=gap, at=at, value=gap)


def taken(case: RolledCase) -> Iterable[Contribution]:
    """The variant."""
    yield Contribution((case.instance.variant,))


def conformance(case: RolledCase) -> Iterable[Contribution]:
    """(conforming | departing, reworked | "") on its first day; `quantity` the repeated events."""
    one = case.instance
    kept = DEPARTING if one.departures else CONFORMING
    again = "reworked" if one.rework else ""
    yield Contribution((kept, again), quantity=one.rework, at=case.began)


def departed(case: RolledCase) -> Iterable[Contribution]:
    """(kind, activity); `quantity` how often."""
    for one in case.instance.departures:
        yield Contribution((one.kind, one.activity), quantity=one.count)


def listed(case: RolledCase) -> Iterable[Contribution]:
    """
    (state, its name), likewise stage, owner and the step that it waits for where there is one;
    (sla, met): what cases are looked up by.
    """
    one = case.instance
    waits = next(iter(one.standing.waiting), None)
    yield Contribution(("state", one.state))
    for name, value in (
        ("stage", one.stage),
        ("owner", one.owner),
        ("waits_for", waits.activity if waits else None),
    ):
        if value is not None:
            yield Contribution((name, value))
    if any(was_met(kept) for kept in case.clocks):
        yield Contribution(("sla", "met"))


def _standing(case: RolledCase) -> str:
    """Whether the case runs; is over but for a clock that nobody has answered; or is over."""
    if case.instance.state == RUNNING:
        return RUNNING
    return AWAITED if any(is_open(one) for one in case.clocks) else OVER
