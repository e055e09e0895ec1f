"""
A step is one event of a case with who took it; a passage leads from one step to the next.

Of a passage's time, working is what the next step says it lasted, as far as it lies in the
passage; the rest is waiting. Where a step does not say how long it took, nobody knows.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

import msgspec

from observability.model.model import ProcessModel

_NOTHING = timedelta()


class Taken(Protocol):
    """An event of a case as it is stored."""

    @property
    def activity(self) -> str: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def source(self) -> str: ...
    @property
    def performer(self) -> str | None: ...
    @property
    def duration_us(self) -> int | None: ...


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """`team` took the step, `system` has it; `worked` is None where no duration was reported."""

    activity: str
    at: datetime
    team: str | None
    system: str
    worked: timedelta | None


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """`working` is None where the later step does not say how long it took."""

    source: Step
    target: Step

    @property
    def took(self) -> timedelta:
        return self.target.at - self.source.at

    @property
    def working(self) -> timedelta | None:
        worked = self.target.worked
        return None if worked is None else min(max(worked, _NOTHING), self.took)


def steps(events: Iterable[Taken], model: ProcessModel | None) -> list[Step]:
    """
    Return the steps of one case's *events*, which are in order.

    Whose event names no performer was taken by the team that answers for the activity's stage;
    the system is the one that the model expects it from, else the event's source.
    """
    return [_step(event, model) for event in events]


def passages(taken: Sequence[Step]) -> Iterator[Passage]:
    """Yield what leads from each step to the next."""
    for one, following in pairwise(taken):
        yield Passage(source=one, target=following)


def _step(event: Taken, model: ProcessModel | None) -> Step:
    known = model.by_activity.get(event.activity) if model else None
    stage = model.by_stage.get(known.stage) if model and known and known.stage else None
    return Step(
        activity=event.activity,
        at=event.occurred_at,
        team=event.performer or (stage.owner if stage else None),
        system=(known.system if known else None) or event.source,
        worked=None if event.duration_us is None else timedelta(microseconds=event.duration_us),
    )
