"""What a reader of the inbox asks for, and what they get."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from governance.exception.at_risk import AtRisk
from governance.exception.process_exception import ProcessException

Sort = Literal["priority", "sla_used", "amount", "newest", "oldest"]
SORTS: dict[str, Sort] = {
    "priority": "priority",
    "sla_used": "sla_used",
    "used": "sla_used",
    "amount": "amount",
    "money": "amount",
    "newest": "newest",
    "oldest": "oldest",
}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """
    Everything that is given must hold; within one tuple, any of it.

    `case` is a case key or an instance's id; `sla` holds breached, at_risk, on_track of the
    pressing promise; `min_amount` compares what is blocked, else exposed, else unpaid. Priority is
    money times SLA used, of which a critical one counts as 1 at least, a high one as 0.5 and a
    medium one as 0.25, and each as 2 at most: each currency is ranked by itself and the ranks
    are interleaved; what stands no more comes last. `type` is the class; `handled_late`
    that nobody works it in time.
    """

    status: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    process: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    ruleset: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    incident: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    sla: tuple[str, ...] = ()
    case: str | None = None
    assignee: str | None = None
    unassigned: bool = False
    q: str | None = None
    min_amount: Decimal | None = None
    due_within: timedelta | None = None
    resolved_since: datetime | None = None
    resolved_until: datetime | None = None
    waiver_asked: bool = False
    handled_late: bool = False
    sort: Sort = "priority"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """
    `total`, `breached`, `at_risk` and `money` are over everything wanted, not this page; only
    what is open or acknowledged is breached, at risk or holds money up.
    """

    items: tuple[ProcessException, ...]
    total: int
    breached: int
    at_risk: int
    money: AtRisk
    next_offset: int | None
