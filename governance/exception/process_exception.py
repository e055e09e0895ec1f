"""
A process exception is a promise of the process that is broken, and what became of it.

Its fingerprint (instance, rule, occurrence) makes two firings one exception; its id is
the fingerprint's own, so that a replay meets it again.
"""

import base64
from datetime import datetime
from typing import Any, Literal

import msgspec

from governance.exception.incident import Incident
from rules.decision import Evidence
from rules.decision import fingerprint as digest
from rules.money import Money

State = Literal["open", "acknowledged", "resolved", "waived"]
STANDING: tuple[State, ...] = ("open", "acknowledged")
OVER = ("met", "cancelled")  # states of a clock that no longer presses
SYSTEM = "controlplane"
OPENED = "opened"  # the action of an exception's first line
_PART = 7  # letters; two parts are 70 bits


class ProcessSla(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The clock of the process that an exception is about; `state` is the clock's own word."""

    sla: str
    started_at: datetime
    due_at: datetime
    state: str
    target_at: datetime | None = None
    object_type: str = ""
    object: str = ""


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """A risk that somebody asks to accept until a day; it waits for a steward's approval."""

    until: datetime
    reason: str
    asked_by: str
    asked_at: datetime


class ProcessException(msgspec.Struct, frozen=True, kw_only=True):
    """
    `line` names what the money hangs on: rules that hold up one line count it once.

    `remaining` is what the engagement still has to bill, in the currency of `blocked`. `delayed`
    is what is billed and waits for cash, as `blocked` may wait, since `delayed_since`.
    `handled_from` is when the handling SLA began: at opening, or at the last reopening.
    `escalated` is how far its lateness was escalated: 1 nobody took it on in time, 2 it was not
    resolved in time. Whom a person reopened by hand (`reopened_by`) stands until its rule fires
    again or a person resolves it. `resolved_event` is the event (`source/id`) that ended it.
    """

    id: str
    fingerprint: str
    process: str
    instance: str
    case_key: str
    case_title: str
    ruleset: str
    ruleset_version: str
    rule: str
    rule_version: str
    type: str
    title: str
    occurrence: str
    line: str
    severity: str
    reason: str
    opened_at: datetime
    handled_from: datetime
    changed_at: datetime
    state: State = "open"
    stage: str | None = None
    owner: str | None = None
    assignee: str | None = None
    evidence: tuple[Evidence, ...] = ()
    decision: str | None = None
    blocked: Money | None = None
    exposure: Money | None = None
    delayed: Money | None = None
    engagement: str | None = None
    remaining: Money | None = None
    delayed_since: datetime | None = None
    process_sla: ProcessSla | None = None
    handling_due_at: datetime | None = None
    resolve_due_at: datetime | None = None
    promised_at: datetime | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    resolution: str | None = None
    resolved_event: str | None = None
    waiver: Waiver | None = None
    waived_until: datetime | None = None
    reopened: int = 0
    reopened_by: str | None = None
    escalated: int = 0
    incident: Incident | None = None

    @property
    def promise(self) -> tuple[str, str, str]:
        """Return what is broken, whatever the case is called: rule set, rule and occurrence."""
        own = self.occurrence == self.case_key
        return self.ruleset, self.rule, "" if own else self.occurrence

    @property
    def standing(self) -> bool:
        """Whether somebody still has to work it."""
        return self.state in STANDING

    @property
    def held_by(self) -> tuple[str, str]:
        """The process and the engagement, or the case where it is of none, whose money it holds."""
        return self.process, self.engagement or self.instance


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an exception's history: who did what, and why."""

    actor: str
    action: str
    at: datetime
    note: str = ""
    detail: dict[str, Any] = {}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """
    An exception as it is now, and the line that says how it came to be so.

    No line: only what nobody reads changed (a rule's version, an event behind the evidence).
    """

    exception: ProcessException
    line: Line | None = None


def fingerprint_of(
    instance: str, ruleset: str, rule: str, occurrence: str, *, case_key: str = ""
) -> str:
    """
    Return what makes two firings one exception; a rule is named by its rule set and its id.

    An occurrence that is the case itself has no name of its own: *case_key* may change.
    """
    return digest(instance, ruleset, rule, "" if occurrence == case_key else occurrence)


def exception_id(fingerprint: str) -> str:
    """Return `EX-` and the first 70 bits of *fingerprint* in base 32, in two parts to be read."""
    letters = base64.b32encode(bytes.fromhex(fingerprint)).decode()
    return f"EX-{letters[:_PART]}-{letters[_PART : 2 * _PART]}"
