"""Which pieces are to be made: those of running clocks first, then the latest weeks."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from controlplane.registered import objective_of
from governance.document import stores as documents
from observability.forecast import piece_stores
from observability.forecast.piece import DAYS, RUNNING, WEEKS, Name, Wanted, days_of, is_due
from observability.objective import Objective
from observability.rollup import figure_stores
from observability.rollup.contribution import DAY_MICROS
from observability.rollup.measures import ENDED
from rules.decision import fingerprint
from rules.instant import to_micros

_AROUND = 28
"""
Days before a week whose late news may alter what was said in it, and after it: what came of that.
"""
_OUTCOMES = ("met", "late", "cancelled")
_Days = Mapping[tuple[str, str, int], int]
"""Clocks that ended, by (objective, outcome, day)"""


def due(connection: Connection, *, at: datetime, weeks: int = WEEKS) -> list[Wanted]:
    """Return what is to be made of the last *weeks*, the most needed first."""
    today = to_micros(at) // DAY_MICROS
    found = []
    for process, objectives in _by_process(connection).items():
        kept = piece_stores.kept(connection, process, since=today // DAYS - weeks)
        wanted = _wanted(connection, process, objectives, today, weeks)
        found += [one for one in wanted if is_due(one, kept.get(one.name), at=at)]
    return sorted(found, key=lambda one: (one.name.week != RUNNING, -one.name.week, one.name))


def _by_process(connection: Connection) -> dict[str, dict[str, str]]:
    """Return the objectives in force with the digests of what they rest on."""
    models = {one.name: one.digest for one in documents.list_active(connection, "process")}
    calendars = [one.digest for one in documents.list_active(connection, "calendar")]
    found: dict[str, dict[str, str]] = {}
    for document in documents.list_active(connection, "sla"):
        objective: Objective = objective_of(document.body)
        model = models.get(objective.process, "")
        basis = fingerprint(document.digest, model, *calendars)
        found.setdefault(objective.process, {})[objective.sla] = basis
    return found


def _wanted(
    connection: Connection, process: str, objectives: Mapping[str, str], today: int, weeks: int
) -> Iterator[Wanted]:
    first = today // DAYS - weeks
    ended = _ended(connection, process, days_of(first).start - _AROUND)
    for sla, basis in objectives.items():
        for week in (RUNNING, *range(first, today // DAYS + 1)):
            days = _heard_of(week, today)
            yield Wanted(
                name=Name(process=process, sla=sla, week=week),
                known_at=today * DAY_MICROS,
                basis=basis,
                heard=tuple(sum(ended[sla, outcome, day] for day in days) for outcome in _OUTCOMES),
            )


def _heard_of(week: int, today: int) -> range:
    """Return the days whose news may alter the piece."""
    if week == RUNNING:
        return range(today - WEEKS * DAYS, today)
    days = days_of(week)
    return range(days.start - _AROUND, min(days.stop + _AROUND, today))


def _ended(connection: Connection, process: str, since: int) -> _Days:
    found: Counter[tuple[str, str, int]] = Counter()
    for one in figure_stores.figures(connection, process, ENDED, since=since):
        sla, outcome = one.of
        found[sla, outcome, one.day] += one.n
    return found
