"""
The firm's time: which deals are won when, and what is reported by when.

Reading further only ever adds; the same seed and start tell the same story.
"""

import heapq
from datetime import date, datetime, timedelta
from random import Random
from typing import Self

from controlplane.simulator.capacity import planned
from controlplane.simulator.engagement import agree
from controlplane.simulator.faults import FAULTS, POSTING_OUTAGE, fault_of
from controlplane.simulator.firm import found_firm, master_data
from controlplane.simulator.life import live_through
from controlplane.simulator.master import people, told_daily
from controlplane.simulator.months import month_ends, months_opened
from controlplane.simulator.report import Report
from controlplane.simulator.truth import Head, Injected
from controlplane.simulator.working import Working, london

_YOUNGEST = timedelta(days=7)
_OLDEST = timedelta(days=35)
_DEALS = (1, 2, 3, 4, 5, 6)
_DEAL_WEIGHTS = (1, 2, 4, 5, 4, 3)


class Chronicle:
    """
    Told once, in order of arrival; `injected` grows with the deals that were read.

    The firm is *volume* times as large: so many times the clients, the people and the deals. In
    one that is *strained* work waits.
    """

    def __init__(  # noqa: PLR0913 - whose story, since when, and what is in it
        self,
        seed: int,
        start: datetime,
        working: Working,
        *,
        faults: tuple[str, ...] = FAULTS,
        volume: int = 1,
        strained: bool = False,
    ) -> None:
        self.firm = found_firm(seed, volume)
        self.injected: list[Injected] = []
        self.engagements = 0
        self._seed = seed
        self._faults = faults
        self._volume = volume
        self._strained = strained
        self._working = working
        self._since: date = working.day_of(start)
        self._day: date = self._since
        self._waiting: list[tuple[datetime, int, Report]] = []
        self._told = 0
        self._projects: list[tuple[datetime, str, str]] = []
        told = [*master_data(self.firm, start), *months_opened(self.firm.tag, start)]
        for report in told:
            self._push(report)

    @classmethod
    def of(cls, head: Head) -> Self:
        """Return the story that *head* begins."""
        return cls(
            head.seed,
            head.start,
            london(),
            faults=head.faults,
            volume=head.volume,
            strained=head.strained,
        )

    def until(self, at: datetime) -> list[Report]:
        """Return what arrives by *at* and was not returned before, in order of arrival."""
        while self._working.at(self._day, 0) <= at:
            for told in month_ends(self.firm, self._day, self._working, self._faults):
                if isinstance(told, Report):
                    self._push(told)
                else:
                    self.injected.append(told)
            self._open(self._day)
            self._day += timedelta(days=1)
        found = []
        while self._waiting and self._waiting[0][0] <= at:
            found.append(heapq.heappop(self._waiting)[2])
        return found

    def a_project(self, rng: Random, at: datetime) -> tuple[str, str] | None:
        """Return (project, currency) of a healthy engagement that is under way at *at*."""
        under_way = [
            (project, currency)
            for closed_at, project, currency in self._projects
            if at - _OLDEST <= closed_at <= at - _YOUNGEST
        ]
        return rng.choice(under_way) if under_way else None

    def _open(self, day: date) -> None:
        if day.weekday() == 0:
            staff = people(self.firm, self._since, day, self._working)
            for report in planned(staff, day, self._working):
                self._push(report)
        if not self._working.works(day):
            return
        for report in told_daily(self.firm, day, self._working):
            self._push(report)
        rng = Random(f"deals:{self._seed}:{day}")  # noqa: S311 - a story, not a secret
        count = rng.choices(_DEALS, weights=_DEAL_WEIGHTS)[0] * self._volume
        for hour in sorted(rng.uniform(9.3, 16.8) for _ in range(count)):
            number = self.engagements
            self.engagements += 1
            fault = fault_of(self._seed, number, self._faults) if self._faults else None
            engagement = agree(self.firm, number, self._working.at(day, hour), fault)
            life = live_through(
                engagement,
                self._seed,
                self._working,
                strained=self._strained,
                outages=POSTING_OUTAGE in self._faults,
            )
            if engagement.fault is None:
                one = (engagement.closed_at, engagement.project_id, engagement.currency)
                self._projects.append(one)
            self.injected.extend(life.injected)
            for report in life.reports:
                self._push(report)

    def _push(self, report: Report) -> None:
        self._told += 1
        heapq.heappush(self._waiting, (report.arrives_at, self._told, report))
