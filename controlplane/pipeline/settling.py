"""
Settle: exceptions follow decisions, and those who answer for them are told.

Old news is kept and shown, but tells nobody: what is back-filled, and what broke more
than a day before it was noticed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import Connection

from controlplane.engagement import stores as engagements
from controlplane.engagement.left import left_to_bill
from controlplane.pipeline.deciding import Decided, clock_id
from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.folding import Folded
from controlplane.pipeline.moment import Moment
from controlplane.ruleprocess import held_stores
from governance.decision import reach_stores as counting
from governance.decision import stores as decisions
from governance.exception import stores as exceptions
from governance.exception.ending import ended
from governance.exception.moving import move
from governance.exception.process_exception import Change, ProcessException, ProcessSla
from governance.exception.reconcile import Circumstances, reconcile
from governance.shadow import stores as shadows
from observability.clock.clock import state as clock_state
from observability.model.model import ProcessModel
from observability.projection.clock_stores import KeptClock
from rules.decision import fingerprint

OLD_NEWS = timedelta(days=1)
_DECISION_ID_LENGTH = 32


def settle(
    state: Connection,
    definitions: Definitions,
    decided: Sequence[Decided],
    moment: Moment,
) -> tuple[dict[str, list[ProcessException]], list[Change]]:
    """
    Append the decisions to the ledger and store what they change.

    Return the exceptions of each case before that, and the changes.
    """
    standing = exceptions.of_instances(state, {one.folded.case.id for one in decided})
    changes: list[Change] = []
    kept: list[decisions.KeptDecision] = []
    for one in decided:
        id_ = _decision_id(one, moment)
        kept.append(_kept(one, id_, moment))
        before = standing.get(one.folded.case.id, ())
        if before or one.decision.firings or one.decision.not_evaluated:
            changes += _changes(definitions, one, before, id_, moment)
    decisions.append(state, kept)
    counting.count(state, kept)
    held_stores.note(state, kept)
    changes = exceptions.named(state, changes)
    engagements.save(state, changes)
    return standing, changes


def _changes(
    definitions: Definitions,
    one: Decided,
    before: Sequence[ProcessException],
    decision: str,
    moment: Moment,
) -> list[Change]:
    around = circumstances(definitions, one, decision, at=moment.at)
    return reconcile(
        before,
        one.decision,
        replace(around, events=_described(one.folded)) if before else around,
        at=_when(one, moment),
        noticed_at=moment.noticed_at,
        handling=definitions.handling(one.folded.case.process),
    )


def _decision_id(one: Decided, moment: Moment) -> str:
    """One entry of the log may lead to several decisions about a case, each on other facts."""
    said = one.decision
    parts = (said.ruleset, said.version, one.folded.case.id, str(moment.offset), said.facts_digest)
    return fingerprint("decision", *parts)[:_DECISION_ID_LENGTH]


def settle_joined(state: Connection, joined: Mapping[str, str], *, at: datetime) -> list[Change]:
    """Let exceptions and decisions follow their cases into others; return what that ended."""
    over: list[Change] = []
    for old, into in sorted(joined.items()):
        standing = exceptions.of_instances(state, [old, into])
        leaving = standing.get(old, [])
        history = {one.id: exceptions.history(state, one.id) for one in leaving}
        changes = move(leaving, standing.get(into, ()), into, history=history, at=at)
        engagements.save(state, changes)
        decisions.move(state, old, into)
        shadows.forget(state, [old])
        over += [one for one in changes if one.line and one.line.action == "resolved"]
    return over


def settle_parted(
    state: Connection,
    parted: Mapping[str, Sequence[str]],
    decided: Sequence[Decided],
    *,
    at: datetime,
) -> None:
    """Let the exceptions of a case that parted go with the part in which their rule fires."""
    fires: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for one in decided:
        key = one.folded.instance.case_key
        fires[one.folded.case.id] |= {
            (one.decision.ruleset, f.rule, "" if f.occurrence == key else f.occurrence)
            for f in one.decision.firings
        }
    for old, parts in sorted(parted.items()):
        left = exceptions.of_instances(state, [old]).get(old, [])
        for into in parts:
            alone = fires[into] - fires[old]
            leaving = [one for one in left if into != old and one.promise in alone]
            history = {one.id: exceptions.history(state, one.id) for one in leaving}
            there = exceptions.of_instances(state, [into]).get(into, ())
            engagements.save(state, move(leaving, there, into, history=history, at=at))


def settle_emptied(
    state: Connection, ids: Sequence[str], *, at: datetime
) -> tuple[list[ProcessException], list[Change]]:
    """Resolve what stands under cases of which no event is left; return what stood, and the end."""
    known = exceptions.of_instances(state, ids)
    standing = [one for those in known.values() for one in those if one.state != "resolved"]
    changes = [ended(one, "the process no longer knows the case", at=at) for one in standing]
    engagements.save(state, changes)
    shadows.forget(state, ids)
    return standing, changes


def is_news(change: Change, moment: Moment) -> bool:
    """An end is always news to those who were told of the beginning, and to nobody else."""
    if not change.exception.standing:
        return True
    sla = change.exception.process_sla
    noticed_at = change.exception.handled_from
    return not moment.quiet and (sla is None or noticed_at - sla.due_at <= OLD_NEWS)


def _when(one: Decided, moment: Moment) -> datetime:
    """A back-filled exception opens and ends in the case's own time."""
    last = one.folded.case.events[-1].occurred_at
    return max(moment.at, last) if moment.backfill else moment.at


def _kept(one: Decided, id_: str, moment: Moment) -> decisions.KeptDecision:
    last = one.folded.case.events[-1]
    return decisions.KeptDecision(
        id=id_,
        at=_when(one, moment),
        process=one.folded.case.process,
        instance=one.folded.case.id,
        decision=one.decision,
        trace_id=last.trace_id,
        span_id=last.span_id,
        offset=moment.offset,
    )


def _described(folded: Folded) -> dict[tuple[str, str], str]:
    """Return the event that last said anything of each entity of the case."""
    return {(one.type, one.key): one.event for one in folded.entities if one.event}


def circumstances(
    definitions: Definitions, one: Decided, decision: str, *, at: datetime
) -> Circumstances:
    instance = one.folded.instance
    model = definitions.model_of(instance.process, begun=instance.started_at)
    named = {firing.clock for firing in one.decision.firings if firing.clock}
    last = one.folded.case.events[-1]
    return Circumstances(
        process=instance.process,
        instance=instance.id,
        case_key=instance.case_key,
        case_title=instance.title,
        stage=instance.stage,
        decision=decision,
        engagement=instance.case_key,
        remaining=left_to_bill(instance.amount, instance.money),
        engagement_owner=_named_owner(one, model.owner_from if model else None),
        ruleset_owner=definitions.ruleset_owner(instance.process, one.decision.ruleset),
        stage_owner=_stage_owner(model, instance.stage),
        process_owner=model.owner if model else None,
        clocks={
            id_: _process_sla(kept, at=at)
            for kept in (one.clocks if named else ())
            if (id_ := clock_id(kept)) in named
        },
        last_event=f"{last.source}/{last.event_id}",
    )


def _named_owner(one: Decided, field: str | None) -> str | None:
    named = one.folded.instance.attributes.get(field) if field else None
    return named if isinstance(named, str) and named else None


def _stage_owner(model: ProcessModel | None, stage: str | None) -> str | None:
    known = model.by_stage.get(stage) if model and stage else None
    return known.owner if known else None


def _process_sla(kept: KeptClock, *, at: datetime) -> ProcessSla:
    one = kept.clock
    return ProcessSla(
        sla=one.sla,
        started_at=one.started_at,
        due_at=one.due_at,
        state=clock_state(one, at),
        target_at=one.target_at,
        object_type=one.object_type,
        object=one.object_key,
    )
