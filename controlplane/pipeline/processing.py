"""
One micro-batch from the log to the state: correlate, fold, clock, decide, settle.

Whatever starts it (events, a sweep, an alias, a new definition), the steps are the same.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from controlplane.pipeline.arrival import Arrival
from controlplane.pipeline.clocking import clock
from controlplane.pipeline.correlating import correlate
from controlplane.pipeline.deciding import Decider, decide
from controlplane.pipeline.definitions import Definitions, load_definitions
from controlplane.pipeline.folding import Folded, fold, fold_cases, load_cases
from controlplane.pipeline.settling import is_news, settle, settle_joined
from governance.exception import stores as exceptions
from governance.exception.process_exception import Change
from governance.exception.reconcile import expire_waivers
from governance.outbox import stores as outbox
from observability.clock import next_at
from observability.projection import case_stores, clock_stores

SWEEP_LIMIT = 200
REJUDGE_LIMIT = 500


class Processing:
    """What every micro-batch needs: who decides, and what is in force. A replay tells nobody."""

    def __init__(self, decider: Decider, *, tells: bool = True) -> None:
        self.decider = decider
        self._tells = tells
        self._definitions: Definitions | None = None

    def tell(self, state: Connection, changes: Sequence[Change], *, at: datetime) -> None:
        """Put what is news in *changes* into the outbox, in the same transaction."""
        routing = self.definitions(state).routing
        news = [one for one in changes if is_news(one, at=at)]
        if self._tells and routing is not None and news:
            outbox.enqueue(state, news, routing, at=at)

    def definitions(self, state: Connection) -> Definitions:
        if self._definitions is None:
            self._definitions = load_definitions(state)
        return self._definitions

    def forget(self) -> None:
        self._definitions = None


def forget_definitions(processing: Processing) -> None:
    """Let the next micro-batch read anew what is in force."""
    processing.forget()


def process_events(
    state: Connection,
    log: Connection,
    processing: Processing,
    arrivals: Sequence[Arrival],
    *,
    at: datetime,
) -> None:
    """Process *arrivals*, one micro-batch of events, as of *at*."""
    definitions = processing.definitions(state)
    found = correlate(state, log, definitions, arrivals)
    backfill = any(one.event.backfill for one in arrivals)
    settle_joined(state, found.joined, at=at)
    cases = fold(state, log, definitions, found)
    offset = arrivals[-1].offset
    judge(state, processing, cases, at=at, offset=offset, quiet=backfill)
    if backfill:  # the back-fill's own time passes
        while process_sweep(state, processing, at=at, offset=offset, quiet=True):
            pass


def join_aliases(  # noqa: PLR0913 - a micro-batch of one alias
    state: Connection,
    log: Connection,
    processing: Processing,
    *,
    process: str,
    keys: tuple[str, ...],
    at: datetime,
    offset: int,
) -> str | None:
    """Let *keys* name one case; return its instance, None while nothing has happened to it."""
    definitions = processing.definitions(state)
    found = correlate(state, log, definitions, [], aliases=[(process, keys)])
    settle_joined(state, found.joined, at=at)
    cases = fold(state, log, definitions, found)
    judge(state, processing, cases, at=at, offset=offset)
    return next(iter(found.cases), None)


def process_sweep(
    state: Connection,
    processing: Processing,
    *,
    at: datetime,
    offset: int,
    quiet: bool = False,
) -> bool:
    """
    Act on at most `SWEEP_LIMIT` clocks that have run to their next instant by *at*.

    Return whether more may wait.
    """
    waivers = expire_waivers(exceptions.waivers_ended(state, at=at), at=at)
    exceptions.save(state, waivers)
    if not quiet:
        processing.tell(state, waivers, at=at)
    due = clock_stores.due(state, at=at, limit=SWEEP_LIMIT)
    for kept in due:
        clock_stores.set_next(state, kept.clock.id, next_at(kept.clock, after=at))
    definitions = processing.definitions(state)
    cases = fold_cases(state, definitions, load_cases(state, {kept.clock.instance for kept in due}))
    judge(state, processing, cases, at=at, offset=offset, quiet=quiet)
    return len(due) == SWEEP_LIMIT


def rejudge(  # noqa: PLR0913 - a micro-batch for one definition
    state: Connection,
    processing: Processing,
    *,
    kind: str,
    name: str,
    at: datetime,
    offset: int,
) -> None:
    """Judge anew the cases of every process that the definition *kind* *name* has a say in."""
    processing.forget()
    definitions = processing.definitions(state)
    for process in _judged_by(definitions, kind, name):
        ids = case_stores.instances_of(state, process)
        for start in range(0, len(ids), REJUDGE_LIMIT):
            piece = load_cases(state, ids[start : start + REJUDGE_LIMIT])
            cases = fold_cases(state, definitions, piece)
            judge(state, processing, cases, at=at, offset=offset, quiet=True)


def judge(  # noqa: PLR0913 - the cases, their time and their place in the log
    state: Connection,
    processing: Processing,
    cases: Mapping[str, Folded],
    *,
    at: datetime,
    offset: int,
    quiet: bool = False,
) -> None:
    """Clock, decide and settle *cases*; *quiet* tells nobody."""
    definitions = processing.definitions(state)
    clocks = clock(state, definitions, cases, at=at)
    decided = decide(processing.decider, definitions, cases, clocks, at=at)
    changes = settle(state, definitions, decided, at=at, offset=offset)
    if not quiet:
        processing.tell(state, changes, at=at)


def _judged_by(definitions: Definitions, kind: str, name: str) -> list[str]:
    match kind:
        case "process":
            return [name]
        case "calendar":
            return sorted(
                process
                for process, those in definitions.objectives.items()
                if any(one.calendar == name for one in those)
            )
        case "sla":
            return sorted(
                process
                for process, those in definitions.objectives.items()
                if any(one.sla == name for one in those)
            )
        case "ruleset":
            return sorted(
                process
                for process, those in definitions.rules.items()
                if any(one.ruleset.ruleset == name for one in those)
            )
        case _:
            return []
