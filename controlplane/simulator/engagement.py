"""The terms of one engagement, drawn from the seed and its number."""

from datetime import datetime
from decimal import Decimal
from random import Random

import msgspec

from controlplane.simulator.faults import (
    CAP_EXCEEDED,
    MISSING_PURCHASE_ORDER,
    OF_FEES,
    OF_LONDON,
    OF_MILESTONES,
    OF_RETAINERS,
    OF_TIME,
    OWN_CLIENT,
    OWN_WORKER,
    PROJECT_NEVER_CREATED,
    RATE_MISSING,
    TIME_BEYOND_CAP,
)
from controlplane.simulator.firm import CENTS, LONDON, RATES, Client, Firm, Worker, new_client
from controlplane.simulator.slips.contract import APPROVAL_SKIPPED

TIME = "time-and-materials"
MILESTONE = "milestone"
FIXED_FEE = "fixed-fee"
RETAINER = "retainer"
FULL_WEEK = Decimal(40)
_LARGE = Decimal(500_000)
_ABOVE_PLAN = {RETAINER: Decimal("2.2")}
_TITLES = (
    "ERP roll-out",
    "Data platform",
    "Cost programme",
    "Claims automation",
    "Cloud migration",
    "Controls review",
    "Pricing study",
    "Operating model",
    "Service desk transition",
    "Treasury redesign",
)
_SERVICES = ("strategy", "technology", "assurance", "managed-services")


class Engagement(msgspec.Struct, frozen=True, kw_only=True):
    """`milestones` are (id, amount); `cap` is the not-to-exceed amount of time and materials."""

    number: int
    code: str
    client: Client
    title: str
    service_line: str
    billing_model: str
    closed_at: datetime
    team: tuple[Worker, ...]
    manager: Worker
    weeks: int
    value: Decimal
    cap: Decimal | None
    milestones: tuple[tuple[str, Decimal], ...]
    purchase_order_required: bool
    purchase_order: str | None
    fault: str | None

    @property
    def opportunity_id(self) -> str:
        return f"OPP-{self.code}"

    @property
    def engagement_id(self) -> str:
        return f"ENG-{self.code}"

    @property
    def project_id(self) -> str:
        return f"PRJ-{self.code}"

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.engagement_id, self.project_id, self.opportunity_id)

    @property
    def currency(self) -> str:
        return self.client.currency

    def rate(self, role: str) -> Decimal:
        return RATES[role][self.currency]


def agree(firm: Firm, number: int, closed_at: datetime, fault: str | None) -> Engagement:
    """Return engagement *number*; the same firm and number give the same terms."""
    rng = Random(f"engagement:{firm.seed}:{number}")  # noqa: S311 - a story, not a secret
    code = f"{firm.tag}-{number:04d}"
    model = _model(rng, fault)
    client = rng.choice(firm.clients)
    if fault in OWN_CLIENT:
        client = new_client(rng, f"C-{code}")
    if fault in OF_LONDON:
        client = rng.choice([one for one in firm.clients if one.legal_entity == LONDON])
    team = tuple(rng.sample(firm.workers, rng.choice((1, 1, 2, 2, 3))))
    if fault in OWN_WORKER:
        office = "london" if client.legal_entity == LONDON else "amsterdam"
        newcomer = msgspec.structs.replace(team[0], worker_id=f"W-{code}", office=office)
        team = (newcomer, *team[1:])
    weeks = rng.randint(3, 9)
    planned = sum(
        (FULL_WEEK * weeks * RATES[one.role][client.currency] for one in team), Decimal(0)
    )
    required = fault == MISSING_PURCHASE_ORDER or rng.random() < 0.6  # noqa: PLR2004
    value = _rounded(planned * _ABOVE_PLAN.get(model, Decimal("1.1")))
    if fault == APPROVAL_SKIPPED:
        value += _LARGE
    return Engagement(
        number=number,
        code=code,
        client=client,
        title=rng.choice(_TITLES),
        service_line=rng.choice(_SERVICES),
        billing_model=model,
        closed_at=closed_at,
        team=team,
        manager=rng.choice([one for one in firm.workers if one not in team]),
        weeks=weeks,
        value=value,
        cap=_cap(model, value, fault),
        milestones=_milestones(rng, code, value) if model == MILESTONE else (),
        purchase_order_required=required,
        purchase_order=None if fault == MISSING_PURCHASE_ORDER or not required else f"PO-{code}",
        fault=fault,
    )


def _model(rng: Random, fault: str | None) -> str:
    drawn = rng.choices((TIME, MILESTONE, FIXED_FEE, RETAINER), weights=(10, 6, 4, 1))[0]
    if fault in OF_TIME:
        return TIME
    if fault in OF_MILESTONES:
        return MILESTONE
    if fault in OF_RETAINERS:
        return RETAINER
    return FIXED_FEE if fault in OF_FEES else drawn


def _cap(model: str, value: Decimal, fault: str | None) -> Decimal | None:
    """Let a healthy cap never be met: it is above what the team can work."""
    if model != TIME:
        return None
    return _rounded(value * Decimal("0.5")) if fault in {CAP_EXCEEDED, TIME_BEYOND_CAP} else value


def _milestones(rng: Random, code: str, value: Decimal) -> tuple[tuple[str, Decimal], ...]:
    count = rng.randint(2, 4)
    shares = [_rounded(value / count) for _ in range(count - 1)]
    shares.append(value - sum(shares, Decimal(0)))
    return tuple((f"M-{code}-{place}", share) for place, share in enumerate(shares, start=1))


def _rounded(amount: Decimal) -> Decimal:
    return (amount / 100).quantize(Decimal(1)).scaleb(2).quantize(CENTS)


def unrated_role(engagement: Engagement) -> str | None:
    """Return the role for which nobody agreed a rate."""
    return engagement.team[0].role if engagement.fault == RATE_MISSING else None


def starts(engagement: Engagement) -> bool:
    return engagement.fault != PROJECT_NEVER_CREATED
