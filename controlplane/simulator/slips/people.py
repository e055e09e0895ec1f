"""Slips around people: who is assigned, and who they are."""

from typing import Any

from controlplane.simulator.slip import (
    ASSIGNED,
    DEMAND,
    HIRED,
    PROVISIONED,
    SUBMITTED,
    TERMS,
    TIME_APPROVED,
    Seen,
    Slip,
    Spoil,
    days,
)

ANOTHER_ROLE = "assigned-in-another-role"
ASSIGNED_TOO_LATE = "assignment-too-late"
WORKER_LEFT = "worker-who-left"


def _assigned(fault: str, rule: str, *spoils: Spoil, each: bool = False, **parts: Any) -> Slip:
    """What is amiss with somebody, found at the assignment."""
    worker = bool(parts.get("own_worker"))
    finds = (Seen(rule=rule, by="assignment_id", on=ASSIGNED, each=each, worker=worker),)
    return Slip(fault=fault, spoils=spoils, finds=finds, **parts)


PEOPLE = (
    _assigned(
        "assignment-reversed",
        "assignment-dates-reversed",
        Spoil(type=ASSIGNED, values={"end_on": days("start_on", -1)}),
        model="milestone",
    ),
    _assigned(
        "role-not-planned",
        "assignment-of-a-role-not-asked-for",
        Spoil(type=DEMAND, values={"role": "analyst"}, each=True),
        each=True,
    ),
    _assigned(
        "clearance-missing",
        "assignment-without-clearance",
        Spoil(type=TERMS, values={"clearance": "sc"}),
        each=True,
    ),
    _assigned(
        "certification-lapsed",
        "assignment-beyond-certification",
        Spoil(
            type=HIRED,
            values={"certifications": ["prince2"], "certified_until": days("hired_on", -30)},
        ),
        Spoil(type=ASSIGNED, values={"certification": "prince2"}, worker=True),
        own_worker=True,
    ),
    _assigned(
        "accounts-not-ready",
        "assignment-before-provisioning",
        Spoil(type=PROVISIONED, values={"provisioned_on": "2199-01-04"}),
        own_worker=True,
    ),
    _assigned(
        "cost-above-the-rate",
        "assignment-below-target-margin",
        Spoil(type=TERMS, values={"target_margin_percent": 99}),
        own_worker=True,
        follows=("assignment-below-target-margin",),
    ),
    Slip(
        fault="worker-unknown",
        spoils=(Spoil(type=HIRED, lost=True), Spoil(type=PROVISIONED, lost=True)),
        finds=(
            Seen(rule="assignment-of-unknown-worker", by="assignment_id", on=ASSIGNED, worker=True),
            Seen(
                rule="time-of-unknown-worker",
                by="timesheet_id",
                on=SUBMITTED,
                each=True,
                worker=True,
            ),
        ),
        own_worker=True,
    ),
    Slip(
        fault=WORKER_LEFT,
        spoils=(),
        finds=(
            Seen(
                rule="assignment-of-somebody-who-left", by="assignment_id", on=ASSIGNED, worker=True
            ),
            Seen(rule="access-after-leaving", by="worker_id", on=ASSIGNED, worker=True),
            Seen(
                rule="time-of-somebody-who-left",
                by="timesheet_id",
                on=SUBMITTED,
                each=True,
                worker=True,
            ),
        ),
        own_worker=True,
    ),
    Slip(
        fault="cost-rate-unknown",
        spoils=(Spoil(type=HIRED, values={"cost_rate": None, "cost_rate_since": None}),),
        finds=(
            Seen(
                rule="time-without-cost-rate",
                by="timesheet_id",
                on=SUBMITTED,
                each=True,
                worker=True,
            ),
        ),
        own_worker=True,
    ),
    Slip(
        fault="plan-overrun",
        spoils=(Spoil(type=ASSIGNED, values={"planned_hours": 10.0}, worker=True),),
        finds=(
            Seen(
                rule="hours-beyond-the-plan",
                by="assignment_id",
                on=ASSIGNED,
                worker=True,
                after=TIME_APPROVED,
            ),
        ),
    ),
    Slip(
        fault=ANOTHER_ROLE,
        spoils=(Spoil(type=ASSIGNED, values={"role": "analyst"}, worker=True),),
        finds=(
            Seen(
                rule="assignment-of-a-role-not-asked-for",
                by="assignment_id",
                on=ASSIGNED,
                worker=True,
            ),
        ),
        model="time-and-materials",
    ),
    Slip(
        fault=ASSIGNED_TOO_LATE,
        spoils=(
            Spoil(
                type=ASSIGNED,
                values={"start_on": days("start_on", 200), "end_on": days("end_on", 200)},
                worker=True,
            ),
        ),
        finds=(),
        model="time-and-materials",
    ),
)
