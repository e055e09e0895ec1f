"""A project is half a project until its billing stands in the ERP."""

from datetime import datetime

from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import BILLING_SETUP_FAILED

SETUP_HOURS = 8
SLA_SET_UP = "project-activated-to-billing-setup"


def set_up_billing(diary: Diary, active: datetime) -> None:
    """Tell of the set-up that follows the activation, or of its failure."""
    one = diary.engagement
    at = diary.working.within(diary.rng, active, 0.2, 2)
    key = f"BS-{one.code}"
    failed = one.fault == BILLING_SETUP_FAILED
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
    due = diary.working.later(active, SETUP_HOURS)
    found = [
        diary.exception("billing-setup-failed", key, at, one.value),
        diary.exception("half-created-project", SLA_SET_UP, due, one.value),
    ]
    diary.injects(at, found, note="nobody tried again")
