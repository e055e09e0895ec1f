"""
What is read of the cases themselves, where that is few enough: medians to the microsecond.

What is more is told from the buckets of its durations. Which of the two depends on what stands
of the process and not on the window: two windows are told in the same way.
"""

from collections import defaultdict
from collections.abc import Mapping

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, true

from observability.rollup.figure_stores import counted
from observability.rollup.listed_stores import listed
from observability.rollup.measures import LASTED, SPENT, STEP
from observability.rollup.tables import case_rollup
from observability.tables import clock, instance

CASES = 20_000
STEPS = 100_000
WALKS = 20_000
CLOCKS = 40_000
_OPEN = and_(
    clock.c.target_at.is_(None), clock.c.cancelled_at.is_(None), clock.c.paused_at.is_(None)
)


class _Step(msgspec.Struct, array_like=True):
    of: tuple[str, str]
    n: int
    quantity: int
    at: int | None
    value: int | None


class _Way(msgspec.Struct):
    step: list[_Step] = []


_durations = msgspec.json.Decoder(list[tuple[int]]).decode
_decode = msgspec.msgpack.Decoder(_Way).decode


def few_cases(connection: Connection, process: str) -> bool:
    return counted(connection, process, LASTED) <= CASES


def few_steps(connection: Connection, process: str) -> bool:
    return counted(connection, process, STEP) <= STEPS


def few_walks(connection: Connection, process: str) -> bool:
    """Whether the steps of all cases are read while somebody waits, one case after another."""
    return counted(connection, process, LASTED) <= WALKS and few_steps(connection, process)


def few_clocks(connection: Connection, process: str) -> bool:
    """Whether few clocks of the process have met their target."""
    return counted(connection, process, SPENT) <= CLOCKS


def gaps(connection: Connection, process: str) -> Mapping[tuple[str, str], list[int]]:
    """Return the times between (from, to), in microseconds."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    kept = select(case_rollup.c.kept).where(case_rollup.c.process == process)
    for one in connection.execute(kept).scalars().all():
        for step in _decode(one).step:
            if step.value is not None:
                found[step.of].append(step.value)
    return found


def durations(connection: Connection, process: str, since: int | None) -> list[int]:
    """
    Return how long the cases took, in microseconds, ascending, of which something happened
    at *since* (microseconds) or later.
    """
    c = instance.c
    lately = true() if since is None else c.last_at >= since
    wanted = select(listed(c.last_at - c.started_at)).where(c.process == process, lately)
    return sorted(took for (took,) in _durations(connection.execute(wanted).scalar_one()))


def spans(
    connection: Connection, process: str, sla: str, *, at: int, since: int | None
) -> list[tuple[int, int]]:
    """
    Return start and target (*at*, where it is absent) of the clocks of *sla* that ended at
    *since* or later, all in microseconds.
    """
    missing = and_(_OPEN, clock.c.absent_at < at)
    rows = connection.execute(
        select(clock.c.started_at, func.coalesce(clock.c.target_at, at)).where(
            clock.c.process == process,
            clock.c.sla == sla,
            or_(clock.c.target_at.is_not(None), missing),
            true() if since is None else _ended_at() >= since,
        )
    )
    return [(started_at, end) for started_at, end in rows.all()]


def _ended_at() -> ColumnElement[int]:
    """When a clock was met or its promise broke."""
    met = clock.c.target_at <= clock.c.due_at
    return case((met, clock.c.target_at), else_=clock.c.due_at)
