"""
A measure is a function from one folded case to what it contributes to a figure.

To add one: write a function that takes a `RolledCase` and yields `Contribution`s, and name it
in `MEASURES` of `observability.rollup.measures`. That is all: the worker keeps its rollup in the
transaction of the events, a case that is folded anew takes back what it gave before, and
`figure_stores` answers from it. Such a function is pure: the same case yields the same, whatever
came before, and no clock is read. What changes as time passes without an event is told by its
instant: it counts from `at` on (`daily=True, named=True`, and `figure_stores.passed`).

Contributions of one measure, of one `of`, day and bucket are one row, which goes when nothing
stands behind it. So there are never more rows than contributions, however many clients a firm
has; what keeps them few is `of`: put into it what a screen asks for together, and nothing that
has as many values as there are cases (a client and a stage are two measures, not one).

A process model names measures of its own: `observability.rollup.modelled`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

import msgspec

from observability.entity import Entity
from observability.instance.instance import CaseEvent, Instance
from observability.mining.step import Passage, passages, steps
from observability.model.model import ProcessModel
from observability.objective import Objective
from observability.projection.clock_stores import KeptClock
from observability.rollup.contribution import Contribution
from rules.calendar import BusinessCalendar
from rules.instant import to_micros


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force on a process: its model, its objectives by name, calendars by name."""

    model: ProcessModel | None = None
    objectives: Mapping[str, Objective] = {}
    calendars: Mapping[str, BusinessCalendar] = {}


class RolledCase(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A case as it is folded: its events in order, its clocks, and the entities that it sees."""

    instance: Instance
    events: Sequence[CaseEvent]
    clocks: Sequence[KeptClock]
    judged: Judged
    entities: Sequence[Entity] = ()

    @cached_property
    def by_type(self) -> dict[str, list[Entity]]:
        found: dict[str, list[Entity]] = {}
        for one in self.entities:
            found.setdefault(one.type, []).append(one)
        return found

    @cached_property
    def began(self) -> int:
        """In microseconds."""
        return to_micros(self.instance.started_at)

    @cached_property
    def passages(self) -> list[Passage]:
        return list(passages(steps(self.events, self.judged.model)))


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """
    `daily` keeps it by the day of `at`, `ever` over all time, either or both; `named` keeps
    which cases stand behind it, at the instant itself. With `parts` it is kept once more of each
    part alone that stands behind the first in its `of`, as a measure of that name and the part's.
    `coarse` keeps few buckets by day.
    """

    name: str
    tell: Callable[[RolledCase], Iterable[Contribution]]
    daily: bool = False
    ever: bool = False
    named: bool = False
    parts: str = ""
    coarse: bool = False
