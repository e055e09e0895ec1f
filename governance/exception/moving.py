"""
A case that is renamed, or turns out to be part of another, takes its exceptions along.

An exception keeps its id, and with it its links and its history. Where both cases have
the same exception, the one of the case that goes on stands: it takes over what people
said and promised about the other, which ends with its name.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from governance.exception.ending import ended
from governance.exception.process_exception import (
    SYSTEM,
    Change,
    Line,
    ProcessException,
    fingerprint_of,
)
from rules.decision import fingerprint

History = Mapping[str, Sequence[Line]]
"""The lines of each exception, by its id."""


def move(
    leaving: Iterable[ProcessException],
    there: Iterable[ProcessException],
    into: str,
    *,
    history: History,
    at: datetime,
) -> list[Change]:
    """
    Return what becomes of the exceptions *leaving* for the case *into*, which has those *there*.

    *history* is that of the leaving ones.
    """
    taken = {one.fingerprint: one for one in there}
    changes: list[Change] = []
    for one in sorted(leaving, key=lambda e: (e.opened_at, e.id)):
        moved = replace(one, instance=into, fingerprint=_name(one, into))
        known = taken.get(moved.fingerprint)
        if one.fingerprint == _name_of_joined(one):
            changes.append(Change(exception=replace(one, instance=into)))
        elif known is None:
            taken[moved.fingerprint] = moved
            line = _line("moved", at, {"from": one.instance, "to": into})
            changes.append(Change(exception=moved, line=line))
        else:
            survivor = _heir(known, one)
            taken[survivor.fingerprint] = survivor
            changes += _joined(one, survivor, history.get(one.id, ()), at=at)
    return changes


def _name(one: ProcessException, instance: str) -> str:
    return fingerprint_of(instance, one.ruleset, one.rule, one.occurrence, case_key=one.case_key)


def _name_of_joined(one: ProcessException) -> str:
    """An exception that ended in another gives its fingerprint up: no firing meets it again."""
    return fingerprint("joined", one.id)


def _heir(known: ProcessException, gone: ProcessException) -> ProcessException:
    """Let *known*, which nobody works, be worked as *gone* was."""
    earliest = min(known.opened_at, gone.opened_at)
    idle = known.state == "resolved" or (known.state == "open" and known.assignee is None)
    if gone.state == "resolved" or not idle:
        return replace(known, opened_at=earliest)
    return replace(
        known,
        opened_at=earliest,
        state=gone.state,
        assignee=gone.assignee,
        acknowledged_at=gone.acknowledged_at,
        promised_at=gone.promised_at,
        waiver=gone.waiver,
        waived_until=gone.waived_until,
        reopened_by=gone.reopened_by,
        escalated=gone.escalated,
        resolved_at=None,
        resolved_by=None,
        resolution=None,
        resolved_event=None,
        handled_from=gone.handled_from,
        handling_due_at=gone.handling_due_at,
        resolve_due_at=gone.resolve_due_at,
    )


def _joined(
    gone: ProcessException, survivor: ProcessException, lines: Sequence[Line], *, at: datetime
) -> list[Change]:
    """What people did to *gone* is told again in the history of *survivor*."""
    told = [
        replace(line, detail={**line.detail, "exception": gone.id})
        for line in lines
        if line.actor != SYSTEM
    ]
    told.append(_line("joined", at, {"exception": gone.id}))
    changes = [Change(exception=survivor, line=line) for line in told]
    there = replace(gone, instance=survivor.instance, fingerprint=_name_of_joined(gone))
    if gone.state == "resolved":
        return [*changes, Change(exception=there)]
    because = f"it is the same as {survivor.id}: their cases are one"
    return [*changes, ended(there, because, at=at)]


def _line(action: str, at: datetime, detail: dict[str, str]) -> Line:
    return Line(actor=SYSTEM, action=action, at=at, detail=dict(detail))
