"""
Exceptions follow decisions.

A rule that fires opens an exception; a rule that stops firing resolves it; a rule that
was not evaluated leaves its exception as it stands: silence is not recovery. That it was
not evaluated is an exception of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from governance.exception.ending import ended
from governance.exception.held import CHANGED, is_over
from governance.exception.held import RULE as HELD
from governance.exception.ownership import owner_of
from governance.exception.process_exception import (
    OPENED,
    SYSTEM,
    Change,
    Line,
    ProcessException,
    ProcessSla,
    exception_id,
    fingerprint_of,
)
from governance.exception.unchecked import ALL_CHECKED, unchecked
from governance.exception.unchecked import RULE as UNCHECKED
from governance.handling.cause import incident_of
from governance.handling.due import BY_DEFAULT, Handling
from rules.decision import Decision, Firing
from rules.money import Money

_FOLLOWED = (
    "ruleset_version",
    "rule_version",
    "type",
    "title",
    "severity",
    "reason",
    "case_key",
    "case_title",
    "occurrence",
    "stage",
    "owner",
    "line",
    "evidence",
    "blocked",
    "exposure",
    "delayed",
    "engagement",
    "remaining",
    "delayed_since",
    "process_sla",
    "incident",
    "reopened_by",
)
OF_THE_RULES = (UNCHECKED, HELD)
_BOOKKEEPING = frozenset({"ruleset_version", "rule_version", "evidence", "incident", "reopened_by"})


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a decision does not know about its case.

    `clocks` are the case's clocks by the id that `Firing.clock` names. `engagement` and
    `remaining` cap the blocked figure; the owners are teams. `events` are the events
    (`source/id`) that last described each fact, by its type and id; `last_event` is the case's.
    """

    process: str
    instance: str
    case_key: str
    case_title: str = ""
    stage: str | None = None
    decision: str | None = None
    engagement: str | None = None
    remaining: Money | None = None
    engagement_owner: str | None = None
    ruleset_owner: str | None = None
    stage_owner: str | None = None
    process_owner: str | None = None
    clocks: Mapping[str, ProcessSla] = {}
    events: Mapping[tuple[str, str], str] = {}
    last_event: str | None = None


def reconcile(  # noqa: PLR0913 - what stands, what was decided, and the times of both
    standing: Iterable[ProcessException],
    decision: Decision,
    circumstances: Circumstances,
    *,
    at: datetime,
    noticed_at: datetime | None = None,
    handling: Handling = BY_DEFAULT,
) -> list[Change]:
    """
    Return what *decision* opens, amends, reopens or resolves, in the order of its firings.

    *standing* is every exception of the instance, the resolved and waived ones too: one
    that fires again is reopened under its own id. Exceptions of other rule sets are left alone.
    """
    known = {e.fingerprint: e for e in standing if e.ruleset == decision.ruleset}
    opening = _Opening(decision, circumstances, handling, at=at, noticed_at=noticed_at or at)
    changes: list[Change] = []
    for firing in _firings(decision, circumstances):
        fresh = opening.of(firing)
        before = known.pop(fresh.fingerprint, None)
        change = _opening(fresh) if before is None else _met_again(before, fresh, at=at)
        if change:
            changes.append(change)
    return changes + _quieted(known, decision, circumstances, at=at)


def _quieted(
    known: dict[str, ProcessException], decision: Decision, around: Circumstances, *, at: datetime
) -> list[Change]:
    """Return what becomes of those that *decision* does not speak of: most of them end."""
    quiet = {UNCHECKED: ALL_CHECKED, **{one.rule: one.because for one in decision.not_fired}}
    evaluated = frozenset((UNCHECKED, *decision.evaluated))
    changes: list[Change] = []
    for one in sorted(known.values(), key=lambda e: (e.rule != HELD, e.fingerprint)):
        if one.state == "resolved":
            continue
        if one.rule == HELD:
            over = is_over(one.evidence, one.ruleset_version, decision)
            because = CHANGED if over else None
        elif one.rule in evaluated and one.reopened_by is None:
            because = quiet.get(one.rule, f"{one.occurrence} no longer breaks the rule")
        else:
            because = None
        if because is not None:
            event = _ending_event(one, around)
            changes.append(ended(one, because, at=at, decision=around.decision, event=event))
        elif one.remaining != (left := _comparable(around.remaining, one.blocked)):
            changes.append(Change(exception=replace(one, remaining=left, changed_at=at)))
    return changes


def _ending_event(one: ProcessException, around: Circumstances) -> str | None:
    """Return the event that says otherwise of a datum it rests on, else the case's last one."""
    for datum in one.evidence:
        event = around.events.get((datum.fact_type, datum.fact_id))
        if event is not None and event != datum.event:
            return event
    return around.last_event


def _firings(decision: Decision, around: Circumstances) -> Iterator[Firing]:
    yield from decision.firings
    found = unchecked(decision, case_key=around.case_key, owner=around.ruleset_owner)
    if found is not None:
        yield found


class _Opening:
    """What exceptions opened by one decision have in common."""

    def __init__(
        self,
        decision: Decision,
        around: Circumstances,
        handling: Handling,
        *,
        at: datetime,
        noticed_at: datetime,
    ) -> None:
        self._around, self._handling = around, handling
        self._at, self._noticed_at = at, noticed_at
        self._decision = decision

    def of(self, firing: Firing) -> ProcessException:
        """Return the exception of *firing*, as if it had not been known before."""
        around, at = self._around, self._at
        clock = around.clocks.get(firing.clock) if firing.clock else None
        broken = clock is not None and clock.due_at < at
        owner = self._owner(firing)
        due = self._handling.due(firing.severity, owner, at=self._noticed_at)
        one = ProcessException(
            **self._named(firing),
            stage=around.stage,
            line=_line(firing, clock, around),
            owner=owner,
            reason=firing.reason,
            evidence=firing.evidence,
            decision=around.decision,
            blocked=firing.blocked,
            exposure=firing.exposure,
            delayed=firing.delayed,
            engagement=around.engagement,
            remaining=_comparable(around.remaining, firing.blocked),
            delayed_since=firing.delayed_since,
            process_sla=clock,
            opened_at=clock.due_at if clock is not None and broken else at,  # when it broke
            handled_from=self._noticed_at,
            changed_at=at,
            handling_due_at=due.acknowledge_by,
            resolve_due_at=due.resolve_by,
        )
        return replace(one, incident=incident_of(one, self._handling.policy.causes))

    def _named(self, firing: Firing) -> dict[str, Any]:
        around, decision = self._around, self._decision
        fingerprint = fingerprint_of(
            around.instance,
            decision.ruleset,
            firing.rule,
            firing.occurrence,
            case_key=around.case_key,
        )
        return {
            "id": exception_id(fingerprint),
            "fingerprint": fingerprint,
            "process": around.process,
            "instance": around.instance,
            "case_key": around.case_key,
            "case_title": around.case_title or around.case_key,
            "ruleset": decision.ruleset,
            "ruleset_version": decision.version,
            "rule": firing.rule,
            "rule_version": firing.rule_version,
            "type": firing.type,
            "title": firing.title,
            "occurrence": firing.occurrence,
            "severity": firing.severity,
        }

    def _owner(self, firing: Firing) -> str:
        around = self._around
        return owner_of(
            engagement=None if firing.rule in OF_THE_RULES else around.engagement_owner,
            class_=self._handling.policy.team_of(firing.type),
            rule=firing.owner,
            stage=around.stage_owner,
            process=around.process_owner,
        ).owner


def _line(firing: Firing, clock: ProcessSla | None, around: Circumstances) -> str:
    """A late clock and a refused line are about the same object: the money hangs on that."""
    if clock is None:
        return firing.occurrence
    return clock.object or around.case_key


def _comparable(remaining: Money | None, blocked: Money | None) -> Money | None:
    """What remains in another currency caps nothing: amounts are not compared across currencies."""
    if remaining is None or blocked is None or remaining.currency != blocked.currency:
        return None
    return remaining


def _opening(fresh: ProcessException) -> Change:
    line = Line(actor=SYSTEM, action=OPENED, at=fresh.opened_at, note=fresh.reason)
    return Change(exception=fresh, line=line)


def _met_again(before: ProcessException, fresh: ProcessException, *, at: datetime) -> Change | None:
    followed = _follow(before, fresh)
    if before.state == "resolved":
        return _reopened(before, followed, fresh, at=at, action="reopened")
    if before.state == "waived" and before.waived_until and before.waived_until <= at:
        return _reopened(before, followed, fresh, at=at, action="waiver-expired")
    if followed == before:
        return None
    after = replace(followed, decision=fresh.decision, changed_at=at)
    moved = _moved(before, followed)
    if not moved:
        return Change(exception=after)
    line = Line(actor=SYSTEM, action="amended", at=at, note=followed.reason, detail=moved)
    return Change(exception=after, line=line)


def _follow(before: ProcessException, fresh: ProcessException) -> ProcessException:
    return replace(before, **{name: getattr(fresh, name) for name in _FOLLOWED})


def _moved(before: ProcessException, after: ProcessException) -> dict[str, Any]:
    """Return {field: [before, after]} of what a person would call a change."""
    pairs = {
        name: [getattr(before, name), getattr(after, name)]
        for name in _FOLLOWED
        if name not in _BOOKKEEPING
    }
    moved: dict[str, Any] = msgspec.to_builtins(
        {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    )
    return moved


def _reopened(
    before: ProcessException,
    followed: ProcessException,
    fresh: ProcessException,
    *,
    at: datetime,
    action: str,
) -> Change:
    reopened = replace(
        followed,
        state="open",
        decision=fresh.decision,
        handled_from=fresh.handled_from,
        handling_due_at=fresh.handling_due_at,
        resolve_due_at=fresh.resolve_due_at,
        acknowledged_at=None,
        promised_at=None,
        resolved_at=None,
        resolved_by=None,
        resolution=None,
        resolved_event=None,
        waiver=None,
        waived_until=None,
        reopened=before.reopened + 1,
        reopened_by=None,
        escalated=0,
        changed_at=at,
    )
    return Change(
        exception=reopened,
        line=Line(actor=SYSTEM, action=action, at=at, note=fresh.reason),
    )


def expire_waiver(waived: ProcessException, *, at: datetime, handling: Handling) -> Change:
    """Return *waived*, whose waiver has run out, open again: no event is needed for that."""
    due = handling.due(waived.severity, waived.owner, at=at)
    fresh = replace(
        waived, handled_from=at, handling_due_at=due.acknowledge_by, resolve_due_at=due.resolve_by
    )
    return _reopened(waived, waived, fresh, at=at, action="waiver-expired")
