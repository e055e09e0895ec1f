"""
One micro-batch from the log to the state: correlate, fold, clock, roll up, decide, settle.

Whatever starts it (events, a sweep, an alias, a new definition), the steps are the same.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

from sqlalchemy import Connection

from controlplane.pipeline.arrival import Arrival
from controlplane.pipeline.clocking import clock
from controlplane.pipeline.correlating import Correlated, correlate
from controlplane.pipeline.deciding import Decider, decide
from controlplane.pipeline.definitions import Definitions, load_definitions
from controlplane.pipeline.folding import Folded, fold, fold_cases, load_cases
from controlplane.pipeline.hearing import fall_silent, hear
from controlplane.pipeline.lapsing import end_waivers, escalate_late
from controlplane.pipeline.moment import Moment
from controlplane.pipeline.regrouping import regroup, regroup_joined
from controlplane.pipeline.remembering import Remembering
from controlplane.pipeline.retracting import counting, retract, told_by
from controlplane.pipeline.rolling import roll_up
from controlplane.pipeline.settling import is_news, settle, settle_emptied, settle_joined
from governance.exception.process_exception import Change
from governance.ledger import stores as ledger
from governance.outbox import stores as outbox
from governance.shadow import stores as shadows
from observability.projection import alias_stores, case_stores, clock_stores, turn_stores
from observability.projection.alias_stores import pairs_of
from observability.projection.retraction_stores import Retraction

SWEEP_LIMIT = 500


class Processing:
    """What every micro-batch needs: who decides, and what is in force. A replay tells nobody."""

    def __init__(self, decider: Decider, *, tells: bool = True) -> None:
        self.decider = Remembering(decider)
        self._tells = tells
        self._definitions: Definitions | None = None

    def tell(self, state: Connection, changes: Sequence[Change], moment: Moment) -> None:
        """Put what is news in *changes* into the outbox, in the same transaction."""
        routing = self.definitions(state).routing
        news = [one for one in changes if is_news(one, moment)]
        if self._tells and routing is not None and news:
            outbox.enqueue(state, news, routing, at=moment.at)

    def definitions(self, state: Connection) -> Definitions:
        if self._definitions is None:
            self._definitions = load_definitions(state)
        return self._definitions

    def definitions_heard(self, state: Connection, *, changed: bool) -> Definitions:
        """Return what is in force, with the silences as they are now where they *changed*."""
        if changed:
            self.forget()
        return self.definitions(state)

    def forget(self) -> None:
        self._definitions = None


def process_events(
    state: Connection,
    log: Connection,
    processing: Processing,
    arrivals: Sequence[Arrival],
    moment: Moment,
) -> None:
    """Process *arrivals*, one micro-batch of events."""
    definitions = processing.definitions(state)
    if definitions.systems and not moment.backfill:
        heard = hear(state, definitions, arrivals, at=moment.at)
        processing.tell(state, heard, moment)
        definitions = processing.definitions_heard(state, changed=bool(heard))
    said = [retraction for one in arrivals if (retraction := told_by(one))]
    if said:
        retract_events(state, log, processing, said, moment)
    counted = counting(state, arrivals)
    found = correlate(state, log, definitions, counted)
    regroup_joined(state, log, definitions, found)
    follow(state, log, processing, found, moment)
    if moment.backfill:  # history's own time passes
        while process_sweep(state, processing, moment):
            pass


def retract_events(
    state: Connection,
    log: Connection,
    processing: Processing,
    said: Sequence[Retraction],
    moment: Moment,
) -> list[Retraction]:
    """Let the events that are *said* to count no more leave everything; return what is new."""
    fresh, found = retract(state, log, processing.definitions(state), said)
    follow(state, log, processing, found, moment)
    for (source, actor, reason), those in groupby(fresh, key=_by_whom):
        ledger.append(
            state,
            actor=actor,
            action="log:event:retracted",
            subject=source,
            detail={"ids": [one.name[1] for one in those], "reason": reason},
            at=moment.at,
        )
    return fresh


def _by_whom(one: Retraction) -> tuple[str, str, str]:
    return one.name[0], one.actor, one.reason


def join_aliases(
    state: Connection,
    log: Connection,
    processing: Processing,
    aliases: tuple[str, tuple[str, ...]],
    moment: Moment,
) -> str | None:
    """Let the keys of *aliases* (process, keys) name one case; None while it is empty."""
    definitions = processing.definitions(state)
    alias_stores.put(state, aliases[0], pairs_of(aliases[1]))
    found = correlate(state, log, definitions, [], aliases=[aliases])
    regroup_joined(state, log, definitions, found)
    follow(state, log, processing, found, moment)
    return next(iter(found.cases), None)


def part_aliases(
    state: Connection,
    log: Connection,
    processing: Processing,
    aliases: tuple[str, tuple[str, ...]],
    moment: Moment,
) -> list[str]:
    """Let the first key of *aliases* (process, keys) stand for the others no more."""
    process, keys = aliases
    alias_stores.drop(state, process, pairs_of(keys))
    ids = case_stores.instances_by_key(state, {(process, key) for key in keys}).values()
    found = Correlated()
    regroup(state, log, processing.definitions(state), ids, found)
    follow(state, log, processing, found, moment)
    return sorted(found.cases)


def follow(
    state: Connection, log: Connection, processing: Processing, found: Correlated, moment: Moment
) -> None:
    """Fold and judge what was *found*; exceptions go with their cases, and end with them."""
    definitions = processing.definitions(state)
    folded = fold(state, log, definitions, found)
    processing.tell(state, settle_joined(state, found.joined, at=moment.at), moment)
    judge(state, processing, folded, moment)
    gone = sorted(found.gone)
    processing.tell(state, settle_emptied(state, gone, at=moment.at), moment)
    case_stores.drop_cases(state, gone)


def process_sweep(state: Connection, processing: Processing, moment: Moment) -> bool:
    """
    Act on at most `SWEEP_LIMIT` clocks that have run to their next instant, and exceptions whose
    handling is late.

    Return whether more may wait.
    """
    definitions = processing.definitions(state)
    processing.tell(state, end_waivers(state, definitions, at=moment.at), moment)
    if definitions.systems and not moment.backfill:
        silent = fall_silent(state, definitions, at=moment.at)
        processing.tell(state, silent, moment)
        definitions = processing.definitions_heard(state, changed=bool(silent))
    late = escalate_late(state, at=moment.at, limit=SWEEP_LIMIT)
    processing.tell(state, late, moment)
    due = clock_stores.claim(state, at=moment.at, limit=SWEEP_LIMIT)
    judge(state, processing, fold_cases(state, definitions, load_cases(state, set(due))), moment)
    return SWEEP_LIMIT in (len(due), len(late))


def judge(
    state: Connection, processing: Processing, cases: Mapping[str, Folded], moment: Moment
) -> None:
    """Clock, roll up, decide and settle *cases*; tell what is news, see when other rules apply."""
    definitions = processing.definitions(state)
    clocks = clock(state, definitions, cases, at=moment.at)
    roll_up(state, definitions, cases, clocks)
    decided = decide(processing.decider, definitions, cases, clocks, at=moment.at)
    changes = settle(state, definitions, decided, moment)
    processing.tell(state, changes, moment)
    if definitions.shadows and not moment.backfill:
        _await_shadows(state, definitions, cases, moment)
    for process in sorted({one.case.process for one in cases.values()}):
        turn = definitions.next_turn(process, after=moment.at)
        if turn is not None:
            turn_stores.expect(state, process, at=turn)


def _await_shadows(
    state: Connection, definitions: Definitions, cases: Mapping[str, Folded], moment: Moment
) -> None:
    """Let *cases* wait to be put to the rule sets in shadow, which nobody here waits for."""
    for process, those in definitions.shadows.items():
        ids = [id_ for id_, one in cases.items() if one.case.process == process]
        for rules in those:
            name = rules.ruleset.ruleset
            shadows.wait(state, name, ids, offset=moment.offset, at=moment.at)
