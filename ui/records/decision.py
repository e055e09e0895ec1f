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
    """`asked` is the condition as written; empty where there was nothing to ask about."""

    rule: str = ""
    because: str = ""
    asked: str = ""

    @property
    def applies(self) -> bool:
        return bool(self.asked)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule asks, and why, as its author tells it."""

    rule: str = ""
    title: str = ""
    question: str = ""
    rationale: str = ""
    severity: str = ""
    owner: str | None = None


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set in the version that is in force, or in the state that was asked for."""

    ruleset: str = ""
    version: str = ""
    state: str = ""
    title: str = ""
    owner: str | None = None
    process: str = ""
    rules: tuple[Rule, ...] = ()


class RuleSets(Page, frozen=True, kw_only=True):
    items: tuple[RuleSet, ...] = ()


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    decision_id: str = ""
    at: datetime | None = None
    ruleset: str = ""
    ruleset_version: str = ""
    outcome: str = ""
    firings: tuple[Firing, ...] = ()
    not_fired: tuple[NotFired, ...] = ()
    not_evaluated: tuple[NotFired, ...] = ()


class Decisions(Page, frozen=True, kw_only=True):
    items: tuple[Decision, ...] = ()
