"""What the ledger says of delivered work: what its labour cost, and what of it is written off."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from random import Random

from controlplane.simulator.diary import Diary
from controlplane.simulator.engagement import TIME
from controlplane.simulator.firm import CENTS, COST_SHARE, RATES
from controlplane.simulator.report import Report
from controlplane.simulator.slip import TIME_APPROVED

LABOUR = "ps.labour.costed"
WRITTEN_OFF = "ps.time.written-off"
_COSTED_HOURS = 3
_WRITTEN_OFF = 0.3
"""The share of engagements on time of which something is given away."""
_GIVEN = (Decimal("0.01"), Decimal("0.03"), Decimal("0.06"))


def cost(diary: Diary, seed: int) -> None:
    """Tell of the labour of every week that was approved, and of what is given away at the end."""
    weeks: dict[str, list[Report]] = defaultdict(list)
    for one in diary.reports:
        if one.type == TIME_APPROVED and RATES.keys() >= {one.data.get("role")}:
            weeks[str(one.data.get("work_date"))].append(one)
    for monday, sheets in sorted(weeks.items()):
        _labour(diary, monday, list({one.subject: one for one in sheets}.values()))
    if diary.engagement.fault is None and diary.engagement.billing_model == TIME and weeks:
        _give_away(diary, seed, weeks[max(weeks)])


def _labour(diary: Diary, monday: str, sheets: list[Report]) -> None:
    one = diary.engagement
    rates = {role: told[one.currency] * COST_SHARE for role, told in RATES.items()}
    hours = [Decimal(str(sheet.data.get("hours", 0))) for sheet in sheets]
    worth = sum(
        (each * rates[sheet.data["role"]] for each, sheet in zip(hours, sheets, strict=True)),
        Decimal(),
    )
    at = diary.working.later(max(sheet.at for sheet in sheets), _COSTED_HOURS)
    key = f"LC-{one.code}-{monday}"
    data = {
        "labour_id": key,
        "engagement_id": one.engagement_id,
        "amount": diary.money(worth),
        "costed_on": diary.working.day_of(at).isoformat(),
        "timesheet_ids": sorted(str(sheet.subject) for sheet in sheets),
        "hours": float(sum(hours)),
        "period": f"{at:%Y-%m}",
    }
    diary.tell("erp", LABOUR, key, at, data)


def _give_away(diary: Diary, seed: int, sheets: list[Report]) -> None:
    one = diary.engagement
    rng = Random(f"given:{seed}:{one.number}")  # noqa: S311 - a story, not a secret
    if rng.random() >= _WRITTEN_OFF:
        return
    worth = (one.value * rng.choice(_GIVEN)).quantize(CENTS)
    at = diary.working.later(max(sheet.at for sheet in sheets), _COSTED_HOURS) + timedelta(hours=1)
    key = f"WO-{one.code}"
    data = {
        "write_off_id": key,
        "engagement_id": one.engagement_id,
        "amount": diary.money(worth),
        "written_off_on": diary.working.day_of(at).isoformat(),
        "cause": rng.choice(("scope", "rate", "goodwill")),
        "approved_by": "engagement manager",
    }
    diary.tell("erp", WRITTEN_OFF, key, at, data)
