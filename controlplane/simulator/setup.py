"""A project is half a project until its billing stands in the ERP."""

from datetime import datetime

from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import BILLING_SETUP_FAILED, SETUP_RETRIED
from controlplane.simulator.truth import PARTIAL, Finding

SETUP_HOURS = 8
SLA_SET_UP = "project-activated-to-billing-setup"
SLA_MADE_GOOD = "billing-setup-failed-to-created"

_PROCESS = "quote-to-project"


def set_up_billing(diary: Diary, active: datetime) -> None:
    """Tell of the set-up that follows the activation, or of its failure."""
    one = diary.engagement
    at = diary.working.within(diary.rng, active, 0.2, 2)
    key = f"BS-{one.code}"
    failed = one.fault in {BILLING_SETUP_FAILED, SETUP_RETRIED}
    data = {
        "billing_setup_id": key,
        "project_id": one.project_id,
        "engagement_id": one.engagement_id,
        "status": "failed" if failed else "created",
    }
    if not failed:
        diary.tell("erp", "ps.billing-setup.created", key, at, data)
        return
    data["failure"] = "the customer account is locked by another session"
    diary.tell("erp", "ps.billing-setup.failed", key, at, data)
    if one.fault == SETUP_RETRIED:
        _retried(diary, key, at, data)
        return
    due = diary.working.later(active, SETUP_HOURS)
    found = [
        diary.exception("billing-setup-failed", key, at, one.value),
        diary.exception("half-created-project", SLA_SET_UP, due, one.value),
        diary.late(SLA_MADE_GOOD, "", diary.working.later(at, SETUP_HOURS), process=_PROCESS),
    ]
    partial = Finding(kind=PARTIAL, name="project-set-up", visible_at=at, process=_PROCESS)
    diary.injects(at, [*found, partial], note="nobody tried again")


def _retried(diary: Diary, key: str, failed: datetime, data: dict[str, str]) -> None:
    """Let somebody try again in time, and the failure be over."""
    at = diary.working.within(diary.rng, failed, 1, 4)
    done = {name: value for name, value in data.items() if name != "failure"}
    diary.tell("erp", "ps.billing-setup.created", key, at, done | {"status": "created"})
    rule = "billing-setup-failed"
    meanwhile = diary.exception(rule, key, failed)
    note = "it went through at the second attempt"
    diary.injects(failed, [diary.cleared(rule, key, at)], [meanwhile], note=note)
