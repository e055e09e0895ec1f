"""Versions of rule sets, how they fare in production, in shadow and on history."""

from datetime import datetime

import msgspec

from ui.records.money import MoneyAtRisk, Page


class RuleSetVersion(msgspec.Struct, frozen=True, kw_only=True):
    """`body` is the text as registered, left out of lists; `names` are of those who hold keys."""

    version: str = ""
    state: str = ""
    digest: str = ""
    created_at: datetime | None = None
    created_by: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""
    signed_by: str | None = None
    names: dict[str, str] = {}
    body: str = ""

    def named(self, actor: str) -> str:
        return self.names.get(actor, actor)


class RuleSetVersions(Page, frozen=True, kw_only=True):
    items: tuple[RuleSetVersion, ...] = ()


class ConditionUse(msgspec.Struct, frozen=True, kw_only=True):
    asked: str = ""
    held: int = 0
    failed: int = 0
    unknown: int = 0


class RuleUse(msgspec.Struct, frozen=True, kw_only=True):
    rule: str = ""
    asked: int = 0
    fired: int = 0
    not_asked: int = 0
    conditions: tuple[ConditionUse, ...] = ()


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """How often each rule held in the decisions of the window."""

    window: str = ""
    rules: tuple[RuleUse, ...] = ()


class MovedMoney(msgspec.Struct, frozen=True, kw_only=True):
    before: MoneyAtRisk = MoneyAtRisk()
    after: MoneyAtRisk = MoneyAtRisk()


class ShadowCases(msgspec.Struct, frozen=True, kw_only=True):
    compared: int = 0
    same: int = 0
    differing: int = 0
    not_evaluated: int = 0
    waiting: int = 0


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """What a version in shadow says otherwise than the one in force."""

    against: str | None = None
    since: datetime | None = None
    cases: ShadowCases = ShadowCases()
    money: MovedMoney = MovedMoney()


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Exceptions that putting a version in force would open, close and amend."""

    opened: int = 0
    closed: int = 0
    changed: int = 0
    money: MovedMoney = MovedMoney()


class Foretold(msgspec.Struct, frozen=True, kw_only=True):
    standing: Standing = Standing()


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """`result` is left out in a list."""

    id: str = ""
    status: str = ""
    version: str = ""
    against: str | None = None
    asked_by: str = ""
    asked_at: datetime | None = None
    result: Foretold | None = None


class Backtests(Page, frozen=True, kw_only=True):
    items: tuple[Backtest, ...] = ()
