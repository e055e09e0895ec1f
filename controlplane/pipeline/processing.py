"""
One micro-batch from the log to the state: correlate, fold, clock, roll up, decide, settle.

Whatever starts it (events, a sweep, an alias, a new definition), the steps are the same.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

from msgspec.structs import replace
from sqlalchemy import Connection

from controlplane.correcting.correction import Cause
from controlplane.correcting.difference import Judged
from controlplane.correcting.recording import correct, correct_by_evidence
from controlplane.pipeline.arrival import Arrival
from controlplane.pipeline.clocking import clock
from controlplane.pipeline.correlating import Correlated, correlate
from controlplane.pipeline.deciding import Decider, ask
from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.evidence import cause_of
from controlplane.pipeline.folding import Folded, fold, load_cases, read_cases
from controlplane.pipeline.hearing import fall_silent, hear
from controlplane.pipeline.lapsing import end_waivers, escalate_late, forget_unfinished
from controlplane.pipeline.leaving import used
from controlplane.pipeline.loading import load_definitions
from controlplane.pipeline.mastering import master
from controlplane.pipeline.moment import Moment
from controlplane.pipeline.regrouping import regroup_joined
from controlplane.pipeline.remembering import Remembering
from controlplane.pipeline.retracting import counting, retract, told_by
from controlplane.pipeline.rolling import roll_up
from controlplane.pipeline.settling import (
    is_news,
    settle,
    settle_emptied,
    settle_joined,
    settle_parted,
)
from controlplane.pipeline.witnessing import Witness
from governance.exception.process_exception import Change
from governance.ledger import stores as ledger
from governance.outbox import stores as outbox
from governance.review.stores import watch
from governance.routing import RoutingTree
from governance.shadow import stores as shadows
from observability.projection import case_stores, clock_stores, turn_stores
from observability.projection.retraction_stores import Retraction

SWEEP_LIMIT = 500
_NAMED = 3  # of what a correction is for
NONE_PARTED: Mapping[str, Sequence[str]] = {}


class Processing:
    """What every micro-batch needs: who decides, and what is in force. A replay tells nobody."""

    def __init__(self, decider: Decider, *, tells: bool = True) -> None:
        self.decider = Remembering(decider)
        self._tells = tells
        self._definitions: Definitions | None = None
        self.witness = Witness()

    def tell(self, state: Connection, changes: Sequence[Change], moment: Moment) -> None:
        """Put what is news in *changes* into the outbox, in the same transaction."""
        routing = self.routing(state)
        news = [one for one in changes if is_news(one, moment)]
        if routing is not None and news:
            outbox.enqueue(state, news, routing, at=moment.at)

    def routing(self, state: Connection) -> RoutingTree | None:
        """Return who hears of what; None where nobody is told."""
        return self.definitions(state).routing if self._tells else None

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
        self.witness.forget()


def process_events(
    state: Connection,
    log: Connection,
    processing: Processing,
    arrivals: Sequence[Arrival],
    moment: Moment,
) -> None:
    """Process *arrivals*, one micro-batch of events."""
    definitions = processing.definitions(state)
    processing.witness.count(state, arrivals)
    if definitions.leaving and not moment.backfill:
        watch(state, used(arrivals, definitions.leaving), at=moment.at)
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
    folded, judged = follow(state, log, processing, found, moment)
    if moment.backfill:  # history's own time passes
        while process_sweep(state, processing, moment):
            pass
        return
    since = arrivals[0].offset
    correct_by_evidence(
        state,
        judged,
        lambda id_: cause_of(folded[id_], found.touched, moment, since=since),
        at=moment.at,
    )


def retract_events(
    state: Connection,
    log: Connection,
    processing: Processing,
    said: Sequence[Retraction],
    moment: Moment,
) -> tuple[list[Retraction], str | None]:
    """
    Let the events that are *said* to count no more leave everything.

    Return what is new, and the last correction that says what it changed.
    """
    fresh, found = retract(state, log, processing.definitions(state), sorted(said, key=_by_whom))
    if not fresh:
        return [], None
    _, judged = follow(state, log, processing, found, moment)
    told = correct(state, _cause(fresh, moment), judged, at=moment.at)
    whole = told if len(set(map(_by_whom, fresh))) == 1 else {"correction": told["correction"]}
    for (source, actor, reason), those in groupby(fresh, key=_by_whom):
        ledger.append(
            state,
            actor=actor,
            action="log:event:retracted",
            subject=source,
            detail={"ids": [one.name[1] for one in those], "reason": reason, **whole},
            at=moment.at,
        )
    return fresh, told["correction"]


def _cause(fresh: Sequence[Retraction], moment: Moment) -> Cause:
    """Return for what a correction is made that takes back all of *fresh* at once."""
    sources, actors, reasons = (
        list(dict.fromkeys(those)) for those in zip(*map(_by_whom, fresh), strict=True)
    )
    one = len(fresh) == 1
    subject = "/".join(fresh[0].name) if one else f"{len(fresh)} events of {_few(sources)}"
    return moment.cause("retraction", subject, because=_few(reasons), actor=_few(actors))


def _few(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return "; ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _by_whom(one: Retraction) -> tuple[str, str, str]:
    return one.name[0], one.actor, one.reason


def follow(
    state: Connection, log: Connection, processing: Processing, found: Correlated, moment: Moment
) -> tuple[dict[str, Folded], Judged]:
    """
    Fold and judge what was *found*; exceptions go with their cases, and end with them.

    Return the cases, and what judging them anew changed.
    """
    definitions = processing.definitions(state)
    folded = fold(state, log, definitions, found)
    if definitions.records:
        strayed = master(state, log, definitions, found.touched, at=moment.at)
        processing.tell(state, strayed, moment)
    gone = sorted(found.gone)
    clocks = clock_stores.clocks_of(state, gone)
    keys = case_stores.case_keys_of(state, gone)
    processing.tell(state, settle_joined(state, found.joined, at=moment.at), moment)
    judged = judge(state, processing, folded, moment, parted=found.parted)
    left, over = settle_emptied(state, gone, at=moment.at)
    processing.tell(state, over, moment)
    case_stores.drop_cases(state, gone)
    return folded, replace(
        judged,
        before={**judged.before, **clocks},
        standing=[*judged.standing, *left],
        changes=[*judged.changes, *over],
        keys={**keys, **judged.keys},
        heirs=found.joined,
    )


def process_sweep(state: Connection, processing: Processing, moment: Moment) -> bool:
    """
    Act on at most `SWEEP_LIMIT` clocks that have run to their next instant, and exceptions whose
    handling is late.

    Return whether more may wait.
    """
    definitions = processing.definitions(state)
    processing.tell(state, end_waivers(state, definitions, at=moment.at), moment)
    forget_unfinished(state, at=moment.at)
    if definitions.systems and not moment.backfill:
        silent = fall_silent(state, definitions, at=moment.at)
        processing.tell(state, silent, moment)
        definitions = processing.definitions_heard(state, changed=bool(silent))
    late = escalate_late(state, at=moment.at, limit=SWEEP_LIMIT)
    processing.tell(state, late, moment)
    due = clock_stores.claim(state, at=moment.at, limit=SWEEP_LIMIT)
    judge(state, processing, read_cases(state, definitions, load_cases(state, set(due))), moment)
    return SWEEP_LIMIT in (len(due), len(late))


def judge(
    state: Connection,
    processing: Processing,
    cases: Mapping[str, Folded],
    moment: Moment,
    *,
    parted: Mapping[str, Sequence[str]] = NONE_PARTED,
) -> Judged:
    """
    Clock, roll up, decide and settle *cases*; tell what is news, see when other rules apply.

    Exceptions of what *parted* go with the parts. Return what judging changed.
    """
    definitions = processing.definitions(state)
    clocks, before = clock(state, definitions, cases, at=moment.at)
    answer = ask(processing.decider, definitions, cases, clocks, at=moment.at)
    roll_up(state, definitions, cases, clocks)
    decided = answer()
    if parted:
        settle_parted(state, parted, decided, at=moment.at)
    standing, changes = settle(state, definitions, decided, moment)
    processing.tell(state, changes, moment)
    if definitions.shadows and not moment.backfill:
        _await_shadows(state, definitions, cases, moment)
    for process in sorted({one.case.process for one in cases.values()}):
        turn = definitions.next_turn(process, after=moment.at)
        if turn is not None:
            turn_stores.expect(state, process, at=turn)
    return Judged(
        before=before,
        after=clocks,
        standing=[one for those in standing.values() for one in those],
        changes=changes,
        keys={id_: one.instance.case_key for id_, one in cases.items()},
    )


def _await_shadows(
    state: Connection, definitions: Definitions, cases: Mapping[str, Folded], moment: Moment
) -> None:
    """Let *cases* wait to be put to the rule sets in shadow, which nobody here waits for."""
    for process, those in definitions.shadows.items():
        ids = [id_ for id_, one in cases.items() if one.case.process == process]
        for rules in those:
            name = rules.ruleset.ruleset
            shadows.wait(state, name, ids, offset=moment.offset, at=moment.at)
