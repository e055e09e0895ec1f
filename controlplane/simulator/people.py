"""People come, go and are away: what HR and the identity platform say of them."""

from datetime import datetime, timedelta

import msgspec

from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import (
    ACCESS_KEPT,
    ACCOUNTS_LATE,
    AWAY,
    COST_RATE_LATE,
    OWN_WORKER,
)
from controlplane.simulator.firm import hired, provisioned
from controlplane.simulator.slips.contract import APPROVER_LEFT
from controlplane.simulator.slips.people import WORKER_LEFT

SLA_READY = "worker-hired-to-provisioned"
SLA_ENDED = "worker-terminated-to-deprovisioned"
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


def come_and_go(diary: Diary) -> None:
    """Tell of the newcomer that the engagement's fault needs, and of who leaves or is away."""
    _new_worker(diary)
    _left(diary)
    _away(diary)
    _access_kept(diary)


def _new_worker(diary: Diary) -> None:
    """Let HR report somebody who has never been here."""
    one, working = diary.engagement, diary.working
    if one.fault in OWN_WORKER:
        late = one.closed_at.date() + timedelta(weeks=30)
        known = late if one.fault == COST_RATE_LATE else None
        at = one.closed_at - timedelta(hours=3)
        starts = working.first_day(working.day_of(one.closed_at) + _DAY)
        diary.reports.append(hired(one.team[0], at, cost_known=known, starts=starts))
        _accounts(diary, at)


def _accounts(diary: Diary, hired_at: datetime) -> None:
    """Have the accounts ready at once; a fault lets them wait until after the first day."""
    one, working = diary.engagement, diary.working
    if one.fault != ACCOUNTS_LATE:
        diary.reports.append(provisioned(one.team[0], hired_at + _MINUTE))
        return
    ready = working.within(diary.rng, one.closed_at, 9, 12)
    diary.reports.append(provisioned(one.team[0], ready))
    late = diary.late(SLA_READY, "", ready, process="hire-to-billable")
    found = msgspec.structs.replace(late, case=one.team[0].worker_id)
    diary.injects(ready, [found], note="the request lay in a mailbox")


def _left(diary: Diary) -> None:
    """Let HR report that somebody has left, and when the accounts were closed."""
    one = diary.engagement
    if one.fault not in {APPROVER_LEFT, WORKER_LEFT}:
        return
    at, day = one.closed_at - timedelta(hours=1), diary.working.day_of(one.closed_at)
    key = one.team[0].worker_id if one.fault == WORKER_LEFT else f"W-{one.code}-A"
    left = {
        "worker_id": key,
        "worker_status": "terminated",
        "terminated_on": (day - timedelta(days=1)).isoformat(),
    }
    diary.tell("hcm", "ps.worker.terminated", key, at, left)
    closed = {"worker_id": key, "access_ended_on": (day + timedelta(days=1)).isoformat()}
    diary.tell("identity", "ps.worker.deprovisioned", key, at + _MINUTE, closed)


def _away(diary: Diary) -> None:
    """Let HR report that the one who is assigned is on leave."""
    one, day = diary.engagement, diary.working.day_of(diary.engagement.closed_at)
    if one.fault == AWAY:
        key = one.team[0].worker_id
        leave = {
            "worker_id": key,
            "unavailable_from": day.isoformat(),
            "unavailable_to": (day + timedelta(weeks=8)).isoformat(),
            "unavailable_reason": "leave",
        }
        at = one.closed_at - timedelta(hours=1)
        diary.tell("hcm", "ps.resource.unavailable", key, at, leave)


def _access_kept(diary: Diary) -> None:
    """Let somebody come and go whose accounts nobody closes."""
    one = diary.engagement
    if one.fault != ACCESS_KEPT:
        return
    gone = msgspec.structs.replace(one.manager, worker_id=f"W-{one.code}-L")
    at, day = one.closed_at - timedelta(hours=3), diary.working.day_of(one.closed_at)
    diary.reports += [hired(gone, at), provisioned(gone, at + _MINUTE)]
    left = {
        "worker_id": gone.worker_id,
        "worker_status": "terminated",
        "terminated_on": (day - _DAY).isoformat(),
    }
    diary.tell("hcm", "ps.worker.terminated", gone.worker_id, one.closed_at, left)
    due = one.closed_at + _DAY
    clock = diary.late(SLA_ENDED, "", due, process="hire-to-billable")
    found = msgspec.structs.replace(clock, case=gone.worker_id)
    diary.injects(one.closed_at, [found], note="nobody told the identity platform")
