"""
Life at the pace of the wall clock: what happens in the firm is sent when it happens.

What was missed while nobody was sending is sent first, as history. A firm that has gone
home still travels: expenses keep coming from phones at any hour.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import httpx

from controlplane.simulator.chronicle import Chronicle
from controlplane.simulator.emission import Emitter, Sent, stretches
from controlplane.simulator.firm import money
from controlplane.simulator.report import Report, cloud_event
from controlplane.simulator.truth import Head, Mark, append_truth, read_truth
from controlplane.simulator.working import london

TICK = timedelta(seconds=1)
MARK_EVERY = timedelta(minutes=1)
TRAVEL_EVERY = timedelta(seconds=20)

Now = Callable[[], datetime]
Pause = Callable[[float], bool]
"""Wait so many seconds; True when it is time to stop."""
Told = Callable[[Sent, datetime], None]


def live(  # noqa: PLR0913 - the edges of the program are given: clock, pause, what hears of it
    client: httpx.Client,
    truth_path: Path,
    *,
    now: Now,
    pause: Pause,
    speed: float = 1,
    told: Told | None = None,
) -> Sent:
    """
    Go on from the truth in *truth_path* until *pause* says to stop; return what was sent.

    *speed* above 1 tells what lies behind the wall clock that many times quicker, instead of
    at once; the wall clock is never overtaken.
    """
    truth = read_truth(truth_path)
    chronicle = Chronicle(truth.head.seed, truth.head.start, london(), faults=truth.head.faults)
    chronicle.until(truth.until)
    known = len(chronicle.injected)
    reached = truth.until
    marked = reached
    emitter = Emitter(client, chronicle.firm.tag, backfill=False)
    late = Emitter(client, chronicle.firm.tag, backfill=True)
    sent = Sent()
    try:
        for at in _ticks(reached, now, pause, speed):
            reports = [*chronicle.until(at), *travel(chronicle, reached, at, truth.head)]
            reports.sort(key=_arrival)
            behind = speed == 1 and now() - reached > MARK_EVERY
            for stretch in stretches(reports):
                sent = sent.plus((late if behind else emitter).send(stretch))
            reached = at
            if len(chronicle.injected) > known or at - marked >= MARK_EVERY:
                append_truth(truth_path, [*chronicle.injected[known:], Mark(until=at)])
                known, marked = len(chronicle.injected), at
            if told is not None and reports:
                told(sent, at)
    finally:
        append_truth(truth_path, [*chronicle.injected[known:], Mark(until=reached)])
        emitter.close()
        late.close()
    return sent


def _ticks(reached: datetime, now: Now, pause: Pause, speed: float) -> Iterator[datetime]:
    at = reached
    while True:
        step = TICK * speed if speed > 1 else now() - at
        at = min(now(), at + step)
        yield at
        if pause(TICK.total_seconds()):
            return


def travel(chronicle: Chronicle, after: datetime, until: datetime, head: Head) -> list[Report]:
    """Return the expenses that people send from the road between two instants."""
    first = int(after.timestamp() // TRAVEL_EVERY.total_seconds()) + 1
    last = int(until.timestamp() // TRAVEL_EVERY.total_seconds())
    if last - first > MARK_EVERY / TRAVEL_EVERY * 10:
        return []  # nobody watched: the road is not told afterwards
    found = []
    for number in range(first, last + 1):
        rng = Random(f"road:{head.seed}:{number}")  # noqa: S311 - a story, not a secret
        at = datetime.fromtimestamp(number * TRAVEL_EVERY.total_seconds(), tz=after.tzinfo)
        project = chronicle.a_project(rng, at)
        if project is not None and rng.random() < 0.6:  # noqa: PLR2004
            found += _expense(rng, chronicle.firm.tag, project, number, at)
    return found


def _expense(
    rng: Random, tag: str, project: tuple[str, str], number: int, at: datetime
) -> list[Report]:
    project_id, currency = project
    key = f"EX-{tag}-R{number}"
    data = {
        "expense_id": key,
        "project_id": project_id,
        "amount": money(Decimal(rng.randint(450, 32_000)) / 100, currency),
        "category": rng.choice(("travel", "lodging", "meals")),
        "incurred_on": at.date().isoformat(),
        "rebillable": True,
    }
    approved = data | {"status": "approved"}
    return [
        cloud_event("time", "ps.expense.submitted", key, at, data | {"status": "submitted"}),
        cloud_event("time", "ps.expense.approved", key, at + TICK, approved),
    ]


def _arrival(report: Report) -> datetime:
    return report.arrives_at
