"""A project is wound up before its client contract is closed."""

from datetime import datetime, timedelta
from decimal import Decimal

from controlplane.simulator.diary import Diary

_ASKED = timedelta(minutes=30)
_CLEARED = timedelta(hours=2)


def wind_up(diary: Diary, at: datetime, *, cleared: bool) -> None:
    """Tell of the request to close, and that nothing unbilled is left when that was looked at."""
    one = diary.engagement
    names = {"project_id": one.project_id, "engagement_id": one.engagement_id}
    day = diary.working.day_of(at).isoformat()
    asked = {**names, "requested_on": day, "requested_by": "engagement manager"}
    diary.tell("psa", "ps.project.close-requested", one.project_id, at + _ASKED, asked)
    if cleared:
        done = {**names, "cleared_on": day, "written_off": diary.money(Decimal(0))}
        diary.tell("erp", "ps.project.wip-cleared", one.project_id, at + _CLEARED, done)
