"""Reconciliations: extracts come in pieces, runs are asked for, and what they found is raised."""

import base64
from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from controlplane.applying.applying import Applying, invalid, not_found
from controlplane.engagement import stores as engagements
from controlplane.pipeline.command import Outcome
from controlplane.reconciling.order import Told
from controlplane.reconciling.raising import (
    Place,
    decisions,
    fingerprint_in,
    left_alone,
    ruleset_of,
)
from controlplane.reconciling.running import document_of
from controlplane.reconciling.standing import KIND
from governance.document import stores as documents
from governance.exception import stores as exceptions
from governance.exception.ending import ended
from governance.exception.process_exception import Change, ProcessException, exception_id
from governance.exception.reconcile import Circumstances, reconcile
from observability.reconciliation import source_stores, stores
from observability.reconciliation.document import Reconciliation
from observability.reconciliation.extract import Manifest
from observability.reconciliation.finding import Finding, Summary, break_id
from observability.reconciliation.run import RUNNING, KeptBreak, Run, Trigger, run_id
from rules.decision import fingerprint
from rules.money import total
from rules.refusal import Refusal

_OPENED = ("opened", "reopened", "waiver-expired")


class _Piece(msgspec.Struct, frozen=True, kw_only=True):
    extract: str
    number: int
    content: str


class _Ask(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    trigger: Trigger = "asked"


def piece(applying: Applying) -> Outcome | Refusal:
    """Keep one piece of an extract; it counts when all have come."""
    body = msgspec.convert(applying.command.body, _Piece)
    content = base64.b64decode(body.content)
    stores.add_piece(applying.state, body.extract, body.number, content, at=applying.moment.at)
    return Outcome(status=200, body={"extract": body.extract, "number": body.number})


def extract(applying: Applying) -> Outcome | Refusal:
    """An extract has come whole."""
    command = applying.command
    given = {**command.body, "received_at": command.at, "received_by": command.actor}
    manifest = msgspec.convert(given, Manifest)
    if documents.get_active(applying.state, KIND, manifest.reconciliation) is None:
        return not_found(KIND, manifest.reconciliation)
    stores.add_extract(applying.state, manifest)
    applying.record(
        "reconciliation:extract:received",
        manifest.reconciliation,
        {"side": manifest.side, "part": manifest.part, "digest": manifest.digest},
    )
    return Outcome(status=201, body=msgspec.to_builtins(manifest))


def withdraw_extract(applying: Applying) -> Outcome | Refusal:
    """An extract was wrong: it is read no more, and its bytes are let go."""
    name, id_, reason = (applying.field(each) for each in ("name", "extract", "reason"))
    if not reason.strip():
        return invalid("/reason", "Say what was wrong with it.")
    one = stores.withdraw_extract(applying.state, name, id_)
    if one is None:
        return not_found("extract", f"{name}/{id_}")
    told = {"extract": id_, "side": one.side, "part": one.part, "digest": one.digest}
    applying.record("reconciliation:extract:withdrawn", name, {**told, "reason": reason})
    return Outcome(status=200, body=msgspec.to_builtins(one))


def ask(applying: Applying) -> Outcome | Refusal:
    """Ask for a run of the version in force; one that has not ended is the one that is meant."""
    body = msgspec.convert(applying.command.body, _Ask)
    active = documents.get_active(applying.state, KIND, body.name)
    if active is None:
        return not_found(KIND, body.name)
    known = stores.running(applying.state, body.name)
    if known:
        return Outcome(status=202, body={"id": known[0].id})
    run = Run(
        id=run_id(applying.command.id),
        reconciliation=body.name,
        version=active.version,
        digest=active.digest,
        trigger=body.trigger,
        asked_by=applying.command.actor,
        asked_at=applying.moment.at,
    )
    stores.add_run(applying.state, run)
    return Outcome(status=202, body={"id": run.id})


def conclude(applying: Applying) -> Outcome | Refusal:
    """Keep what a run found, and let exceptions follow."""
    told = msgspec.convert(applying.command.body, Told)
    run = stores.get_run(applying.state, told.run)
    if run is None:
        return not_found("run", told.run)
    if run.status != RUNNING:
        return Refusal(
            type="run-over",
            status=409,
            title="The run is over",
            detail=f"The run {run.id} is {run.status}; what a run found never changes.",
        )
    over = replace(run, ended_at=applying.moment.at, because=told.because)
    if told.finding is None:
        stores.end_run(applying.state, replace(over, status="failed"), ())
    else:
        over = _concluded(applying, over, told.finding)
    detail = {"run": run.id, "version": run.version, "verdict": over.verdict}
    applying.record(
        "reconciliation:run:ended",
        run.reconciliation,
        {**detail, "inputs": over.inputs, "result": over.result},
    )
    return Outcome(status=200, body={"id": run.id, "verdict": over.verdict})


def withdraw(applying: Applying, name: str) -> None:
    """End the exceptions of a reconciliation that is no longer in force."""
    standing = exceptions.unresolved_of_ruleset(applying.state, ruleset_of(name))
    because = f"the reconciliation {name} is no longer in force"
    changes = [ended(one, because, at=applying.moment.at) for one in standing]
    engagements.save(applying.state, changes)
    applying.processing.tell(applying.state, changes, applying.moment)


def _concluded(applying: Applying, run: Run, finding: Finding) -> Run:
    document = document_of(applying.state, run)
    before = stores.latest(applying.state, run.reconciliation)
    places = _places(applying.state, document, finding)
    changes = _raise(applying, document, run, finding, places)
    actions = [one.line.action for one in changes if one.line is not None]
    kept = _kept(applying.state, document, finding, places)
    result = fingerprint(finding.result, *(one.exception or "" for one in kept))
    same = before is not None and before.result == result
    broken = [one for one in finding.breaks if one.kind != "timing"]
    counts = finding.counts.values()
    over = replace(
        run,
        status="done",
        because=finding.because,
        verdict=finding.verdict,
        inputs=finding.inputs,
        result=result,
        breaks_of=before.breaks_of if same and before else run.id,
        broken=sum(one.missing + one.value + one.duplicate for one in counts),
        on_the_way=sum(one.timing for one in counts),
        opened=sum(action in _OPENED for action in actions),
        closed=actions.count("resolved"),
        money=tuple(total(money for one in broken for money in one.money)),
        finding=_summary(finding),
    )
    stores.end_run(applying.state, over, () if same else kept)
    return over


def _kept(
    state: Connection, document: Reconciliation, finding: Finding, places: Mapping[str, Place]
) -> list[KeptBreak]:
    """Return each break with its exception, which may stand under another id than it would have."""
    named = [fingerprint_in(document, one, places) for one in finding.breaks]
    known = exceptions.of_fingerprints(state, named)
    return [
        KeptBreak(
            number=number,
            id=break_id(document.reconciliation, one),
            broken=one,
            exception=known[name].id if name in known else exception_id(name),
        )
        for number, (one, name) in enumerate(zip(finding.breaks, named, strict=True))
    ]


def _summary(finding: Finding) -> Summary:
    return msgspec.convert(finding, Summary, from_attributes=True)


def _raise(
    applying: Applying,
    document: Reconciliation,
    run: Run,
    finding: Finding,
    places: Mapping[str, Place],
) -> list[Change]:
    definitions = applying.processing.definitions(applying.state)
    ruleset = ruleset_of(run.reconciliation)
    waits = left_alone(finding)
    unresolved = [
        one
        for one in exceptions.unresolved_of_ruleset(applying.state, ruleset)
        if (one.rule, one.occurrence) not in waits
    ]
    named = [fingerprint_in(document, one, places) for one in finding.breaks]
    known = {
        one.id: one
        for one in (*unresolved, *exceptions.of_fingerprints(applying.state, named).values())
        if (one.rule, one.occurrence) not in waits
    }
    changes: list[Change] = []
    for place, decision in decisions(document, finding, places, unresolved, run=run.id).items():
        changes += reconcile(
            _of(known.values(), place.instance),
            decision,
            Circumstances(
                process=document.process or KIND,
                instance=place.instance,
                case_key=place.case_key,
                case_title=place.case_title,
                decision=run.id,
            ),
            at=applying.moment.at,
            handling=definitions.handling(document.process or KIND),
        )
    changes = exceptions.named(applying.state, changes)
    engagements.save(applying.state, changes)
    applying.processing.tell(applying.state, changes, applying.moment)
    return changes


def _of(known: Iterable[ProcessException], id_: str) -> list[ProcessException]:
    return [one for one in known if one.instance == id_]


def _places(state: Connection, document: Reconciliation, finding: Finding) -> dict[str, Place]:
    """Return the case that each break names, by that name."""
    if document.process is None:
        return {}
    names = {one.case for one in finding.breaks if one.case}
    found = source_stores.listed_cases(state, document.process, names)
    return {
        name: Place(instance=one.id, case_key=one.case_key, case_title=one.title)
        for name, one in found.items()
    }
