"""
Life at the pace of the wall clock: what happens in the firm is sent when it happens.

What was missed while nobody was sending is sent first, as history. A firm that has gone
home still travels: expenses keep coming from phones at any hour.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import httpx
import structlog

from controlplane.simulator.chronicle import Chronicle
from controlplane.simulator.emission import EmissionError, Emitter, Sent, stretches
from controlplane.simulator.firm import money
from controlplane.simulator.report import Report, cloud_event
from controlplane.simulator.truth import Head, Mark, append_truth, read_truth

TICK = timedelta(seconds=1)
MARK_EVERY = timedelta(minutes=1)
TRAVEL_EVERY = timedelta(seconds=20)
_WATCHED = timedelta(minutes=30)

_logger = structlog.get_logger(__name__)

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
    at once; the wall clock is never overtaken. What the server does not take waits for it.
    """
    truth = read_truth(truth_path)
    chronicle = Chronicle.of(truth.head)
    chronicle.until(truth.until)
    notes = _Notes(truth_path, chronicle, truth.until)
    tag = chronicle.firm.tag
    with (
        closing(Emitter(client, tag, backfill=False)) as emitter,
        closing(Emitter(client, tag, backfill=True)) as late,
    ):
        sent, waiting = Sent(), []
        for after, at in _ticks(truth.until, now, pause, speed):
            waiting += [*chronicle.until(at), *travel(chronicle, after, at, truth.head)]
            behind = speed == 1 and at - after > MARK_EVERY
            try:
                sent = sent.plus(_send(late if behind else emitter, waiting))
            except (httpx.TransportError, EmissionError) as error:
                _logger.warning("firm_not_heard", error=str(error), waiting=len(waiting))
                continue
            if told is not None and waiting:
                told(sent, at)
            waiting = []
            notes.reach(at)
        notes.close()
    return sent


def _send(emitter: Emitter, reports: list[Report]) -> Sent:
    sent = Sent()
    for stretch in stretches(sorted(reports, key=_arrival)):
        sent = sent.plus(emitter.send(stretch))
    return sent


class _Notes:
    """Keeps the truth file up with the firm's time, at most a minute behind."""

    def __init__(self, file: Path, chronicle: Chronicle, reached: datetime) -> None:
        self._file = file
        self._chronicle = chronicle
        self._known = len(chronicle.injected)
        self._reached = self._marked = reached

    def reach(self, at: datetime) -> None:
        self._reached = at
        if len(self._chronicle.injected) > self._known or at - self._marked >= MARK_EVERY:
            self._write()

    def close(self) -> None:
        if self._reached > self._marked:
            self._write()

    def _write(self) -> None:
        fresh = self._chronicle.injected[self._known :]
        append_truth(self._file, [*fresh, Mark(until=self._reached)])
        self._known += len(fresh)
        self._marked = self._reached


def _ticks(
    reached: datetime, now: Now, pause: Pause, speed: float
) -> Iterator[tuple[datetime, datetime]]:
    """Yield (after, until) of each piece of time that is to be told."""
    while True:
        at = now() if speed == 1 else min(now(), reached + TICK * speed)
        yield reached, at
        reached = at
        if pause(TICK.total_seconds()):
            return


def travel(chronicle: Chronicle, after: datetime, until: datetime, head: Head) -> list[Report]:
    """Return the expenses that people send from the road between two instants."""
    first = int(after.timestamp() // TRAVEL_EVERY.total_seconds()) + 1
    last = int(until.timestamp() // TRAVEL_EVERY.total_seconds())
    if until - after > _WATCHED:
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
