"""How a case stands, in the words of its model: what it waits for, and what came about in part."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from controlplane import registered
from governance.document import stores as documents
from observability.instance.link_stores import LinkedCase, Relation, linked
from observability.instance.standing import Partial, Standing, Step
from observability.model.model import Activity, ProcessModel
from rules.money import Money


class CaseWait(msgspec.Struct, frozen=True, kw_only=True):
    """An awaited activity; `objects` are the keys that wait, `since` the longest wait."""

    activity: str
    title: str
    since: datetime
    system: str | None
    stage: str | None
    owner: str
    object_type: str | None
    objects: tuple[str, ...]


class CaseMilestone(msgspec.Struct, frozen=True, kw_only=True):
    milestone: str
    title: str
    at: datetime | None


class CasePartial(msgspec.Struct, frozen=True, kw_only=True):
    """`outcome` is unfinished, failed or undone; `detail` says it in a sentence."""

    together: str
    title: str
    outcome: str
    since: datetime
    done: tuple[str, ...]
    failed: tuple[str, ...]
    undone: tuple[str, ...]
    missing: tuple[str, ...]
    detail: str


class CaseCompensation(msgspec.Struct, frozen=True, kw_only=True):
    activity: str
    title: str
    undoes: str
    at: datetime
    objects: tuple[tuple[str, str], ...]


class CaseLinks(msgspec.Struct, frozen=True, kw_only=True):
    """Linked cases of one process; counts and `amounts` are of all, `items` the last touched."""

    process: str
    process_title: str
    relation: Relation
    cases: int
    states: dict[str, int]
    amounts: list[Money]
    items: list[LinkedCase]


def waits(standing: Standing, model: ProcessModel | None) -> list[CaseWait]:
    if model is None:
        return []
    return [
        CaseWait(
            activity=one.activity,
            title=model.title_of(one.activity),
            since=one.since,
            system=_activity(model, one.activity).system,
            stage=model.stage_of(one.activity),
            owner=model.owner_of(model.stage_of(one.activity)),
            object_type=one.type or None,
            objects=one.objects,
        )
        for one in standing.waiting
    ]


def milestones(standing: Standing, model: ProcessModel | None) -> list[CaseMilestone]:
    titles = {one.milestone: one.title for one in model.milestones} if model else {}
    return [
        CaseMilestone(
            milestone=one.milestone, title=titles.get(one.milestone) or one.milestone, at=one.at
        )
        for one in standing.milestones
    ]


def partials(standing: Standing, model: ProcessModel | None) -> list[CasePartial]:
    if model is None:
        return []
    titles = {one.together: one.title for one in model.together}
    return [
        CasePartial(
            together=one.together,
            title=titles.get(one.together) or one.together,
            outcome=one.outcome,
            since=one.since,
            done=_names(one.done),
            failed=_names(one.failed),
            undone=_names(one.undone),
            missing=one.missing,
            detail=_sentence(one, model),
        )
        for one in standing.partial
    ]


def compensations(standing: Standing, model: ProcessModel | None) -> list[CaseCompensation]:
    return [
        CaseCompensation(
            activity=one.activity,
            title=model.title_of(one.activity) if model else one.activity,
            undoes=one.undoes,
            at=one.at,
            objects=one.objects,
        )
        for one in standing.compensations
    ]


def links(connection: Connection, instance: str) -> list[CaseLinks]:
    """Return what the case is part of and what is part of it, each process by its title."""
    titles = {
        one.name: registered.model_of(one.body).title
        for one in documents.list_active(connection, "process")
    }
    return [
        CaseLinks(
            process=one.process,
            process_title=titles.get(one.process, one.process),
            relation=one.relation,
            cases=one.cases,
            states=one.states,
            amounts=one.amounts,
            items=one.items,
        )
        for one in linked(connection, instance)
    ]


def _names(steps: Sequence[Step]) -> tuple[str, ...]:
    return tuple(one.activity for one in steps)


def _activity(model: ProcessModel, name: str) -> Activity:
    return model.by_activity.get(name) or Activity(activity=name)


def _sentence(one: Partial, model: ProcessModel) -> str:
    """`PSA: Project activated; ERP: Billing set-up failed.`"""
    told = [_names(one.done), _names(one.failed), _names(one.undone)]
    parts = [_by_system(model, name) for those in told for name in those]
    reported = {
        of for name in (*told[1], *told[2]) for of in (_about(model, name),) if of is not None
    }
    parts += [
        f"{_by_system(model, name)} has not come" for name in one.missing if name not in reported
    ]
    return f"{'; '.join(parts)}."


def _about(model: ProcessModel, name: str) -> str | None:
    known = _activity(model, name)
    return known.fails or known.undoes


def _by_system(model: ProcessModel, name: str) -> str:
    system = _activity(model, name).system
    return f"{system.upper()}: {model.title_of(name)}" if system else model.title_of(name)
