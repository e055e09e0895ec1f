"""
What is newly in force has a say in the past as well.

Events of the log are placed anew where a process model places them otherwise, cases are
judged anew where other rules, objectives or types of facts judge them. It is done in
pieces: some at once, the rest by sweeps, so that a replay takes the same steps.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection

from controlplane import unprocessed_stores
from controlplane.correcting import stores as corrections
from controlplane.correcting.correction import Cause
from controlplane.correcting.difference import Judged, difference
from controlplane.pipeline.arrival import Arrival
from controlplane.pipeline.command import SWEEP_SOURCE
from controlplane.pipeline.correlating import Correlated, correlate
from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.folding import load_cases
from controlplane.pipeline.moment import Moment
from controlplane.pipeline.processing import Processing, follow
from controlplane.pipeline.regrouping import regroup
from governance.ledger import stores as ledger
from observability.event import decode_event
from observability.log import stores as log
from observability.log.entry import EVENT, LogEntry
from observability.projection import (
    case_stores,
    entity_stores,
    reconsideration_stores,
    retraction_stores,
    turn_stores,
)
from observability.projection.reconsideration_stores import Reconsideration

PIECE = 500
AT_ONCE = 4  # pieces
A_SWEEP = 20  # pieces: then events and commands have their turn
_TURNED = "the first day or the last day of a rule"


def differing(before: Definitions, after: Definitions) -> dict[str, bool]:
    """Return the processes that are judged otherwise; true where events are placed otherwise."""
    named = {*before.models, *after.models}
    placed = {process for process in named if _placing(before, process) != _placing(after, process)}
    judged = {p for p in named if _judging(before, p) != _judging(after, p)}
    return {process: process in placed for process in sorted(placed | judged)}


def begin(state: Connection, processes: Mapping[str, bool], cause: Cause, *, until: int) -> str:
    """
    Let *processes* be reconsidered, with the events up to offset *until* where that is true.

    Return the correction that says what it changes.
    """
    id_ = corrections.begin(state, cause)
    for process, events in processes.items():
        standing = reconsideration_stores.of_process(state, process)
        after = 0 if events else (standing.events_after if standing else until)
        one = Reconsideration(
            process=process,
            correction=id_,
            because=cause.because,
            actor=cause.actor,
            events_after=after,
            events_until=until if events or standing is None else standing.events_until,
            places=events or (standing is not None and standing.places),
        )
        reconsideration_stores.put(state, one)
        if standing is not None:  # what is left of it is done for the new reason
            _end(state, standing.correction, at=cause.at)
    _end(state, id_, at=cause.at)
    return id_


def turn(state: Connection, moment: Moment) -> bool:
    """Let the cases be judged anew whose rules came into effect by now, or went out of it."""
    processes = turn_stores.take_due(state, at=moment.at)
    if processes:
        because = "the first day or the last day of a rule"
        cause = moment.cause(
            "definition", ", ".join(processes), because=because, actor=SWEEP_SOURCE
        )
        begin(state, dict.fromkeys(processes, False), cause, until=moment.offset)
    return bool(processes)


def reconsider(
    state: Connection, log_connection: Connection, processing: Processing, moment: Moment
) -> bool:
    """Take the next piece; return whether there was one."""
    one = reconsideration_stores.first(state)
    if one is None:
        return False
    quiet = replace(moment, quiet=True)
    if one.events_after < one.events_until:
        _place(state, log_connection, processing, one, quiet)
    else:
        _judge(state, log_connection, processing, one, quiet)
    return True


def abandon(state: Connection, moment: Moment) -> None:
    """Give up what cannot be reconsidered, and say so: the ledger names how far it came."""
    one = reconsideration_stores.first(state)
    if one is not None:
        _finish(state, one, moment, "abandoned")


def _place(
    state: Connection,
    log_connection: Connection,
    processing: Processing,
    one: Reconsideration,
    moment: Moment,
) -> None:
    entries = log.read(log_connection, one.events_after, PIECE, until=one.events_until)
    arrivals = _concerned(state, processing.definitions(state), one.process, entries)
    if arrivals:
        judged = _take_again(state, log_connection, processing, arrivals, moment)
        changed = replace(difference(judged, at=moment.at), cases=0)  # they are judged once more
        corrections.add(state, one.correction, changed)
    reached = entries[-1].offset if len(entries) == PIECE else one.events_until
    placed = one.events + len(arrivals)
    reconsideration_stores.put(state, replace(one, events_after=reached, events=placed))


def _concerned(
    state: Connection, definitions: Definitions, process: str, entries: Sequence[LogEntry]
) -> list[Arrival]:
    """Return the events that the process knows, or is to know from now on."""
    names = {entry.offset: (entry.source, entry.id) for entry in entries if entry.kind == EVENT}
    offsets = list(names)
    retracted = retraction_stores.retracted(state, names.values())
    known = case_stores.placed_by(state, process, offsets)
    unread = unprocessed_stores.among(state, offsets)
    found = []
    for entry in entries:
        if names.get(entry.offset) not in {None, *retracted} and entry.offset not in unread:
            event = decode_event(entry.payload)
            reported = process == event.process or process in dict(definitions.reported(event))
            if reported or entry.offset in known:
                found.append(Arrival(offset=entry.offset, event=event, at=entry.at))
    return found


def _take_again(
    state: Connection,
    log_connection: Connection,
    processing: Processing,
    arrivals: Sequence[Arrival],
    moment: Moment,
) -> Judged:
    """Take *arrivals* back, then take them as if they came now; return what that changed."""
    definitions = processing.definitions(state)
    offsets = [one.offset for one in arrivals]
    before = case_stores.take_back(state, offsets)
    touched = entity_stores.take_back(state, offsets)
    found = correlate(state, log_connection, definitions, arrivals)
    found.touched |= touched
    before = {found.joined.get(id_, id_) for id_ in before} - set(found.cases)
    left = load_cases(state, before)
    found.cases.update(left)
    regroup(state, log_connection, definitions, before - set(left), found)
    _, judged = follow(state, log_connection, processing, found, moment)
    return judged


def _judge(
    state: Connection,
    log_connection: Connection,
    processing: Processing,
    one: Reconsideration,
    moment: Moment,
) -> None:
    ids = case_stores.instances_of(state, one.process, after=one.cases_after, limit=PIECE)
    found = Correlated()
    if one.places:
        regroup(state, log_connection, processing.definitions(state), ids, found)
    else:
        found.cases.update(load_cases(state, ids))
    _, judged = follow(state, log_connection, processing, found, moment)
    corrections.add(state, one.correction, difference(judged, at=moment.at))
    now = replace(one, cases=one.cases + len(ids), cases_after=ids[-1] if ids else "")
    if len(ids) < PIECE:
        _finish(state, now, moment, "reconsidered")
    else:
        reconsideration_stores.put(state, now)


def _finish(state: Connection, one: Reconsideration, moment: Moment, action: str) -> None:
    reconsideration_stores.drop(state, one.process)
    _end(state, one.correction, at=moment.at)
    if one.events or one.cases:
        told = {"because": one.because, "events": one.events, "cases": one.cases}
        ledger.append(
            state,
            actor=one.actor,
            action=f"process:cases:{action}",
            subject=one.process,
            detail={**told, "correction": one.correction},
            at=moment.at,
        )


def _end(state: Connection, correction: str, *, at: datetime) -> None:
    """Say that a correction is over, once no process is reconsidered for it any more."""
    if not reconsideration_stores.any_of(state, correction):
        corrections.end(state, correction, at=at)


def _placing(definitions: Definitions, process: str) -> object:
    """Return what says where events belong, and what entities remember of them."""
    model = definitions.models.get(process)
    if model is None:
        return None
    watched = [(type_, definitions.watched.get(type_)) for type_ in sorted(model.entities)]
    return (model.case, model.keys, model.by_type, model.entities, model.references, watched)


def _judging(definitions: Definitions, process: str) -> object:
    objectives = sorted(definitions.objectives.get(process, ()), key=lambda one: one.sla)
    rules = definitions.rules.get(process, ())
    calendars = [name for one in objectives for name in one.every_calendar]
    calendars += [one.ruleset.calendar or "" for one in rules]
    return (
        definitions.models.get(process),
        definitions.pinned.get(process),
        objectives,
        [definitions.calendars.get(one) for one in calendars],
        [definitions.hearing(one) for one in objectives],
        [(one.key, one.fact_types) for one in rules],
        (definitions.policy.classes, definitions.policy.causes),
    )
