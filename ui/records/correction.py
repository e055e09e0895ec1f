"""What was set right of the past, and what that took back or added."""

from datetime import datetime

import msgspec

from ui.records.money import Money, MoneyAtRisk, Page


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """`summary` says it in a line; `money` is signed; `ended_at` is null while it goes on."""

    id: str = ""
    kind: str = ""
    subject: str = ""
    because: str = ""
    actor: str = ""
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    summary: str = ""
    cases: int = 0
    members: int = 0
    breaches_withdrawn: int = 0
    breaches_added: int = 0
    exceptions_ended: int = 0
    exceptions_opened: int = 0
    money: MoneyAtRisk = MoneyAtRisk()


class Corrections(Page, frozen=True, kw_only=True):
    items: tuple[Correction, ...] = ()


class CorrectedMember(msgspec.Struct, frozen=True, kw_only=True):
    change: str = ""
    process: str = ""
    instance: str = ""
    case_key: str = ""
    name: str = ""
    object: str = ""
    before: str = ""
    after: str = ""
    exception: str | None = None
    amount: Money | None = None


class WholeCorrection(Correction, frozen=True, kw_only=True):
    items: tuple[CorrectedMember, ...] = ()
    next_cursor: str | None = None
