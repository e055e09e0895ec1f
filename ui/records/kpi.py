"""KPIs, and a month's end."""

from datetime import datetime
from decimal import Decimal

import msgspec

from ui.records.money import Money


class KpiPoint(msgspec.Struct, frozen=True, kw_only=True):
    since: str = ""
    until: str = ""
    value: Decimal | None = None


class KpiTarget(msgspec.Struct, frozen=True, kw_only=True):
    value: Decimal = Decimal(0)
    currency: str | None = None


class KpiGroup(msgspec.Struct, frozen=True, kw_only=True):
    of: str = ""
    value: Decimal | None = None
    because: str | None = None
    unconverted: tuple[str, ...] = ()


class Aged(msgspec.Struct, frozen=True, kw_only=True):
    over: int = 0
    up_to: int | None = None
    value: Decimal = Decimal(0)
    currency: str | None = None


class Kpi(msgspec.Struct, frozen=True, kw_only=True):
    kpi: str = ""
    title: str = ""
    description: str = ""
    topic: str = ""
    owner: str = ""
    unit: str = "count"
    better: str = ""
    formula: str = ""
    source: tuple[str, ...] = ()
    target: KpiTarget | None = None
    value: Decimal | None = None
    because: str | None = None
    currency: str | None = None
    meets: bool | None = None
    unconverted: tuple[str, ...] = ()
    trend: tuple[KpiPoint, ...] = ()
    groups: tuple[KpiGroup, ...] = ()
    ages: tuple[Aged, ...] = ()


class KpiBoard(msgspec.Struct, frozen=True, kw_only=True):
    as_of: datetime | None = None
    currency: str | None = None
    items: tuple[Kpi, ...] = ()


class KpiCase(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    case: str = ""
    title: str = ""
    at: datetime | None = None
    n: int = 0
    quantity: Decimal | None = None
    days: Decimal | None = None
    amounts: tuple[Money, ...] = ()


class KpiCases(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[KpiCase, ...] = ()
    next_cursor: str | None = None


class OpenLine(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    kind: str = ""
    instance: str = ""
    case: str = ""
    title: str = ""
    about: str = ""
    owner: str | None = None
    since: datetime | None = None
    money: tuple[Money, ...] = ()


class OpenAge(msgspec.Struct, frozen=True, kw_only=True):
    over: int = 0
    up_to: int | None = None
    lines: int = 0
    money: tuple[Money, ...] = ()


class OpenPart(msgspec.Struct, frozen=True, kw_only=True):
    lines: int = 0
    money: tuple[Money, ...] = ()
    items: tuple[OpenLine, ...] = ()
    ages: tuple[OpenAge, ...] = ()


class CheckedBooks(msgspec.Struct, frozen=True, kw_only=True):
    reconciliation: str = ""
    title: str = ""
    owner: str = ""
    state: str = ""
    broken: int = 0
    unplaced: int = 0
    money: tuple[Money, ...] = ()
    ended_at: datetime | None = None


class SignedKind(msgspec.Struct, frozen=True, kw_only=True):
    kind: str = ""
    open: int = 0
    cleared: int = 0
    still_open: int = 0
    money_still_open: tuple[Money, ...] = ()


class SignedOutcome(msgspec.Struct, frozen=True, kw_only=True):
    open: int = 0
    cleared: int = 0
    still_open: int = 0
    kinds: tuple[SignedKind, ...] = ()


class SignedMonth(msgspec.Struct, frozen=True, kw_only=True):
    period: str = ""
    signed_at: datetime | None = None
    signed_by: str = ""
    comment: str = ""
    digest: str = ""
    outcome: SignedOutcome = SignedOutcome()
    reconciliations: tuple[CheckedBooks, ...] = ()


class MonthEnd(msgspec.Struct, frozen=True, kw_only=True):
    entity: str = ""
    period: str = ""
    as_of: datetime | None = None
    ready: bool = False
    blockers: OpenPart = OpenPart()
    unbilled: OpenPart = OpenPart()
    reconciliations: tuple[CheckedBooks, ...] = ()
    signed: SignedMonth | None = None
    before: SignedMonth | None = None
