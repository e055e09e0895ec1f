"""The measures that are kept of every case."""

from functools import lru_cache

from msgspec.structs import replace

from observability.rollup.case_measures import (
    began,
    conformance,
    departed,
    lasted,
    listed,
    standing,
    steps,
    taken,
    worked,
)
from observability.rollup.clock_measures import ended, late, near, paused, spent
from observability.rollup.contribution import Kept
from observability.rollup.measure import Measure, RolledCase
from observability.rollup.modelled import BY, NAMED, TOLD, modelled, nothing, part_of, parts_of
from observability.rollup.part_measures import PARTS, promised, whole_of
from observability.rollup.passage_measures import handed, repeated, timed

WORKED = "worked"
STANDING = "standing"
LASTED = "lasted"
BEGAN = "began"
LISTED = "listed"
STEP = "step"
VARIANT = "variant"
CONFORMANCE = "conformance"
DEPARTURE = "departure"
ENDED = "ended"
SPENT = "spent"
PAUSED = "paused"
NEAR = "near"
LATE = "late"
HANDED = "handed"
TIMED = "timed"
REPEATED = "repeated"

MEASURES: tuple[Measure, ...] = (
    Measure(name=WORKED, tell=worked, daily=True),
    Measure(name=STANDING, tell=standing, ever=True),
    Measure(name=LASTED, tell=lasted, daily=True, ever=True),
    Measure(name=BEGAN, tell=began, daily=True, coarse=True),
    Measure(name=LISTED, tell=listed, ever=True),
    Measure(name=STEP, tell=steps, daily=True, ever=True, coarse=True),
    Measure(name=VARIANT, tell=taken, ever=True),
    Measure(name=CONFORMANCE, tell=conformance, daily=True, ever=True),
    Measure(name=DEPARTURE, tell=departed, ever=True, named=True),
    Measure(name=ENDED, tell=ended, daily=True),
    Measure(name=SPENT, tell=spent, daily=True, ever=True),
    Measure(name=PAUSED, tell=paused, ever=True),
    Measure(name=NEAR, tell=near, daily=True, named=True),
    Measure(name=LATE, tell=late, daily=True, named=True),
    Measure(name=HANDED, tell=handed, daily=True, ever=True, coarse=True),
    Measure(name=TIMED, tell=timed, daily=True, ever=True),
    Measure(name=REPEATED, tell=repeated, daily=True, ever=True),
    Measure(name=PARTS, tell=nothing, ever=True),
)
_BY_NAME = {one.name: one for one in MEASURES}


def contributions(case: RolledCase) -> Kept:
    """Return what *case* contributes to every measure that it says something of."""
    own = {one.name: told for one in MEASURES if (told := list(one.tell(case)))}
    of_parts = {name: own[name] for name in (ENDED, LATE) if name in own}
    parts = parts_of(case)
    return own | modelled(case, parts) | promised(parts, of_parts)


@lru_cache(maxsize=4096)
def measure_of(name: str) -> Measure | None:
    """Return the measure of that name, one that a model names included; None for one no more."""
    if name.startswith((NAMED, TOLD)):
        parts = part_of(name.removeprefix(BY), "") if name.startswith(BY) else ""
        return Measure(
            name=name, tell=nothing, daily=True, named=name.startswith(NAMED), parts=parts
        )
    whole = _BY_NAME.get(whole_of(name) or "")
    return replace(whole, name=name, tell=nothing) if whole else _BY_NAME.get(name)
