"""What rule sets said of a case."""

from datetime import datetime

import msgspec

from ui.records.money import Page


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    rule: str = ""
    rule_version: str = ""
    title: str = ""
    severity: str = ""
    outcome: str = ""
    reason: str = ""


class NotFired(msgspec.Struct, frozen=True, kw_only=True):
    rule: str = ""
    because: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    at: datetime | None = None
    ruleset: str = ""
    version: str = ""
    outcome: str = ""
    firings: tuple[Firing, ...] = ()
    not_fired: tuple[NotFired, ...] = ()
    not_evaluated: tuple[NotFired, ...] = ()


class Decisions(Page, frozen=True, kw_only=True):
    items: tuple[Decision, ...] = ()
