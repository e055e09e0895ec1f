"""How a case stands: what it waits for, what came about in part, what it is linked to."""

from datetime import datetime

import msgspec

from ui.records.money import Money


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    activity: str = ""
    title: str = ""
    since: datetime | None = None
    system: str | None = None
    owner: str | None = None
    object_type: str | None = None
    objects: tuple[str, ...] = ()


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    title: str = ""
    at: datetime | None = None


class Partial(msgspec.Struct, frozen=True, kw_only=True):
    title: str = ""
    outcome: str = ""
    since: datetime | None = None
    detail: str = ""


class Compensation(msgspec.Struct, frozen=True, kw_only=True):
    title: str = ""
    at: datetime | None = None


class LinkedCase(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    case: str = ""
    title: str = ""
    state: str = ""
    waits_for: str | None = None
    waiting_since: datetime | None = None
    last_at: datetime | None = None
    amount: Money | None = None


class CaseLinks(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of one process; the counts and `amounts` are of all, `items` the last touched."""

    process: str = ""
    process_title: str = ""
    relation: str = ""
    cases: int = 0
    states: dict[str, int] = {}
    amounts: tuple[Money, ...] = ()
    items: tuple[LinkedCase, ...] = ()
