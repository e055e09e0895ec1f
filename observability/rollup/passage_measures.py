"""
What the passages of a case contribute, on the day on which it began: who handed on to whom, what
was work, what was redone.
"""

from collections import Counter
from collections.abc import Iterable

from observability.mining.step import Passage
from observability.rollup.contribution import Contribution
from observability.rollup.measure import RolledCase

TEAM, SYSTEM = "team", "system"


def handed(case: RolledCase) -> Iterable[Contribution]:
    """(team | system, from, to) and the time between; `quantity` the same, to be summed."""
    for one in case.passages:
        source, target = one.source, one.target
        if source.team and target.team and source.team != target.team:
            yield _between((TEAM, source.team, target.team), one, case)
        if source.system != target.system:
            yield _between((SYSTEM, source.system, target.system), one, case)


def timed(case: RolledCase) -> Iterable[Contribution]:
    """(from, to) where the later step says how long it took; `quantity` is that, in µs."""
    for one in case.passages:
        if one.working is not None:
            way = (one.source.activity, one.target.activity)
            yield Contribution(way, quantity=one.working, at=case.began)


def repeated(case: RolledCase) -> Iterable[Contribution]:
    """(activity) of a case that has it more than once; `quantity` the further times."""
    for activity, count in Counter(event.activity for event in case.events).items():
        if count > 1:
            yield Contribution((activity,), quantity=count - 1, at=case.began)


def _between(of: tuple[str, ...], one: Passage, case: RolledCase) -> Contribution:
    return Contribution(of, quantity=one.took, at=case.began, value=one.took)
