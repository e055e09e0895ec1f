"""
Attainment is met ÷ (met + late + absent): what runs or was cancelled promises nothing yet.

Burn is the share of broken promises ÷ the share that the objectives allow; 1 is break-even.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from observability.objective import Objective
from rules.money import Money, total

ENDED = ("met", "late", "absent")
DEFAULT_TARGET = Decimal("0.95")
_DIGITS = 6


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Clocks of one objective that are in one state and ended on one day (None: not ended)."""

    sla: str
    state: str
    day: int | None
    clocks: int


class SlaHealth(msgspec.Struct, frozen=True, kw_only=True):
    """`at_risk` are those of `running` that have passed a warning."""

    sla: str
    title: str | None = None
    owner: str | None = None
    severity: str | None = None
    promised: str | None = None
    target: float = float(DEFAULT_TARGET)
    clocks: int = 0
    met: int = 0
    late: int = 0
    absent: int = 0
    running: int = 0
    paused: int = 0
    cancelled: int = 0
    at_risk: int = 0
    attainment: float | None = None
    burn: float | None = None
    money_late: list[Money] = []
    money_absent: list[Money] = []


def sla_health(
    sla: str,
    objective: Objective | None,
    tallies: Iterable[Tally],
    money: Mapping[tuple[str, str], list[Money]],
    *,
    at_risk: int,
) -> SlaHealth:
    """Return how *sla* fares; *money* is what waits on its clocks, by (sla, state)."""
    counts = counted(tallies)
    target = target_of(objective)
    return SlaHealth(
        sla=sla,
        title=objective.title or None if objective else None,
        owner=objective.owner if objective else None,
        severity=objective.severity if objective else None,
        promised=objective.target.label if objective else None,
        target=float(target),
        clocks=sum(counts.values()),
        met=counts.get("met", 0),
        late=counts.get("late", 0),
        absent=counts.get("absent", 0),
        running=counts.get("running", 0),
        paused=counts.get("paused", 0),
        cancelled=counts.get("cancelled", 0),
        at_risk=at_risk,
        attainment=attainment(counts),
        burn=burn(counts, ended(counts) * (1 - target)),
        money_late=displayed(money.get((sla, "late"), [])),
        money_absent=displayed(money.get((sla, "absent"), [])),
    )


def counted(tallies: Iterable[Tally]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for tally in tallies:
        counts[tally.state] = counts.get(tally.state, 0) + tally.clocks
    return counts


def target_of(objective: Objective | None) -> Decimal:
    return objective.attainment if objective else DEFAULT_TARGET


def ended(counts: Mapping[str, int]) -> int:
    return sum(counts.get(state, 0) for state in ENDED)


def attainment(counts: Mapping[str, int]) -> float | None:
    whole = ended(counts)
    return round(counts.get("met", 0) / whole, _DIGITS) if whole else None


def budget(tallies: Iterable[Tally], objectives: Mapping[str, Objective]) -> Decimal:
    """Return how many of the ended clocks their objectives allow to be broken."""
    clocks: Counter[str] = Counter()
    for one in tallies:
        if one.state in ENDED:
            clocks[one.sla] += one.clocks
    allowed = (count * (1 - target_of(objectives.get(sla))) for sla, count in clocks.items())
    return sum(allowed, Decimal())


def burn(counts: Mapping[str, int], allowed: Decimal) -> float | None:
    """Return broken promises ÷ *allowed* ones; None when nothing has ended."""
    if not allowed:
        return None
    return round(float((ended(counts) - counts.get("met", 0)) / allowed), _DIGITS)


def displayed(amounts: Iterable[Money]) -> list[Money]:
    """Return exact totals a currency, rounded for display only."""
    return [one.displayed for one in total(amounts)]
