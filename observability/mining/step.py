"""
A step is one event of a case with who took it; a passage leads from one step to the next.

Of a passage's time, working is what the next step says it lasted, as far as it lies in the
passage; the rest is waiting. Where a step does not say how long it took, nobody knows.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import NamedTuple, Protocol

from observability.model.model import ProcessModel
from rules.instant import to_micros


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


class Step(NamedTuple):
    """
    `team` took the step at an instant, `system` has it; `worked` is None where no duration was
    reported. All times are microseconds.
    """

    activity: str
    at: int
    team: str | None
    system: str
    worked: int | None


class Passage(NamedTuple):
    """`working` is None where the later step does not say how long it took."""

    source: Step
    target: Step

    @property
    def took(self) -> int:
        return self.target.at - self.source.at

    @property
    def working(self) -> int | None:
        worked = self.target.worked
        return None if worked is None else min(max(worked, 0), self.took)


class Doer:
    """Who takes the steps of a model's activities."""

    def __init__(self, model: ProcessModel | None) -> None:
        self._model = model
        self.by = cache(self._by)

    def _by(self, activity: str, performer: str | None, source: str) -> tuple[str | None, str]:
        """
        Return the team and the system of an event's step.

        Whose event names no performer was taken by the team that answers for the activity's
        stage; the system is the one that the model expects it from, else the event's source.
        """
        known = self._model.by_activity.get(activity) if self._model else None
        stage = (
            self._model.by_stage.get(known.stage) if self._model and known and known.stage else None
        )
        team = performer or (stage.owner if stage else None)
        return team, (known.system if known else None) or source


def steps(events: Iterable[Taken], model: ProcessModel | None) -> list[Step]:
    """Return the steps of one case's *events*, which are in order."""
    doer = Doer(model)
    return [
        Step(
            one.activity,
            to_micros(one.occurred_at),
            *doer.by(one.activity, one.performer, one.source),
            one.duration_us,
        )
        for one in events
    ]


def passages(taken: Sequence[Step]) -> Iterator[Passage]:
    """Yield what leads from each step to the next."""
    for one, following in pairwise(taken):
        yield Passage(one, following)
