"""What each fault of the simulated firm lets be found, and what the firm is made to show by it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from controlplane.simulator.engagement import agree
from controlplane.simulator.faults import FAULTS, OF_MONTHS
from controlplane.simulator.firm import found_firm
from controlplane.simulator.life import live_through
from controlplane.simulator.months import month_ends
from controlplane.simulator.silence import HEARD_AGAIN, SOURCE_SILENT
from controlplane.simulator.truth import (
    AFFECTED,
    CLEARED,
    DEPARTURE,
    INCIDENT,
    ONCE,
    ORDERED,
    PARTIAL,
    QUARANTINE,
    UNCORRELATED,
    Finding,
    Injected,
)
from controlplane.simulator.working import london

DEALS = (datetime(2026, 1, 14, 10, tzinfo=UTC), datetime(2026, 3, 4, 10, tzinfo=UTC))
SEED = 7
LIVES = 4
GATES: dict[str, tuple[str, ...]] = {
    "No billable work while the client contract is incomplete": (
        "missing-signature",
        "missing-purchase-order",
        "rate-missing",
        "schedule-incomplete",
        "payment-terms-forgotten",
        "end-date-forgotten",
        "cap-forgotten",
        "revenue-method-forgotten",
        "service-line-forgotten",
        "data-region-forgotten",
    ),
    "No billable work without tax set-up": ("missing-tax-profile", "milestone-without-tax-profile"),
    "No assignment without certificate and clearance": (
        "uncertified-assignment",
        "certification-lapsed",
        "clearance-missing",
    ),
    "A deal closes only with a client that the ERP knows": ("client-not-validated",),
    "… whose hierarchy is valid": ("hierarchy-broken",),
    "… and with a legal entity": ("entity-forgotten", "sold-by-another-entity"),
    "… with its tax resolved": ("billed-without-tax", "missing-tax-profile"),
    "… not on hold": ("deal-on-credit-hold",),
    "Rules of the service line are kept": ("sold-as-another-service", "service-line-forgotten"),
    "Contract type and billing model are there": (
        "billing-model-forgotten",
        "sold-as-another-model",
    ),
    "Terms of the contract are valid": (
        "payment-terms-of-90-days",
        "contract-dates-reversed",
        "discount-not-approved",
        "approval-skipped",
    ),
    "The rate card is current": ("rate-card-ended", "rate-dates-reversed"),
    "No delivery before the client is validated": ("client-not-validated",),
    "No time before HR profile, role and cost rate": (
        "worker-unknown",
        "cost-rate-unknown",
        "accounts-not-ready",
        "assigned-in-another-role",
    ),
    "The cost rate is known before the assignment": ("cost-rate-after-assignment",),
    "Approved time makes its cut-off": ("approved-time-never-billed", "late-invoice"),
    "No bill for an incomplete milestone": ("milestone-billed-before-acceptance",),
    "Time and materials are billed by their rule": (
        "time-off-rate-card",
        "time-overbilled",
        "time-never-approved",
        "cap-exceeded",
        "time-held-at-the-cap",
    ),
    "A fixed fee is billed by its rule": (
        "instalment-billed-early",
        "instalment-billed-twice",
        "instalment-too-high",
        "hours-on-a-fixed-fee",
    ),
    "Milestones are billed by their rule": (
        "milestone-overbilled",
        "milestone-billed-twice",
        "milestone-never-billed",
    ),
    "A retainer is billed by its rule": (
        "retainer-overage-unapproved",
        "retainer-rollover-above-cap",
        "retainer-fee-too-low",
        "retainer-fee-too-high",
        "retainer-in-arrears",
        "retainer-overdrawn",
    ),
    "Eligibility follows contract type, milestone and revenue policy": (
        "method-of-another-model",
        "milestone-revenue-too-early",
        "revenue-method-differs",
    ),
    "Thresholds of an invoice are met": ("invoices-too-small",),
    "Time is split into billable and not": ("time-not-billable", "time-not-priced"),
    "Expenses keep to the policy before they are posted": (
        "expense-outside-policy",
        "receipt-missing",
        "expenses-above-cap",
    ),
    "A change reaches rate, scope and budget": (
        "change-not-propagated",
        "change-late",
        "amended-without-request",
    ),
    "The budget is revised before bills and revenue go on": ("budget-not-revised",),
    "No half-created project": ("billing-setup-failed", "setup-of-another-project"),
    "Invoice lines agree with contract, schedule and progress": (
        "deal-worth-more",
        "time-overbilled",
        "milestone-overbilled",
        "expense-billed-not-rebillable",
    ),
    "Approvals come in their order": (
        "activated-before-approval",
        "assigned-before-activation",
        "work-before-activation",
        "time-approved-before-submission",
        "expense-posted-before-approval",
        "invoice-posted-before-issue",
        "amended-before-approval",
    ),
    "No approval is bypassed": ("billing-change-unapproved", "billing-changed-by-one-person"),
    "The approver exists and may": ("approver-unknown", "approver-who-left", "self-approved-time"),
    "A project has its financial dimensions": ("cost-centre-forgotten",),
    "Only the system of record changes an attribute": ("changed-in-the-wrong-system",),
    "One word has one meaning": ("week-of-a-fortnight", "week-not-split", "called-paid"),
    "A deal is ready only when its checks have passed": (
        "client-not-validated",
        "billing-model-forgotten",
        "entity-forgotten",
        "hierarchy-broken",
    ),
    "An entity has its currency": (
        "signed-by-another-entity",
        "invoice-in-dollars",
        "rate-in-another-currency",
    ),
    "Tax and e-invoicing keep to the region's rules": (
        "e-invoice-address-unknown",
        "invoice-refused-by-network",
    ),
    "Data stay in their region": ("data-in-another-region",),
    "Postings are reconciled before the books close": (
        "month-not-reconciled",
        "closed-uncleared",
        "books-closed",
    ),
    "Burn is held against the scope": ("cap-nearly-reached", "plan-overrun", "order-exhausted"),
    "The plan has the roles and the margin": (
        "role-not-planned",
        "cost-above-the-rate",
        "margin-too-low",
        "loss-expected",
    ),
}
CONTROLS: dict[str, tuple[str, ...]] = {
    "What comes twice counts once": ("duplicate-events", "spans-exported-twice"),
    "One correlation from end to end; what fits nowhere waits": ("event-of-unknown-case",),
    "Replay changes nothing": ("events-replayed",),
    "A retry heals": ("billing-setup-retried",),
    "What is refused is held in quarantine": ("span-without-its-data", "clock-of-a-producer-wrong"),
    "An interface that is broken off is one incident": ("posting-outage",),
    "What was wrong is compensated for, once": (
        "credit-above-the-invoice",
        "credit-of-no-invoice",
        "reissued-without-credit",
    ),
    "What is told another way after all heals": ("delivered-days-late",),
    "A posting that is delayed is queued, and posts once": ("posting-queued",),
    "Payloads are held to their contract": ("contract-violating-event",),
    "Exceptions reach an owner with their context": ("billing-setup-failed",),
    "People work what no rule can decide": ("event-of-unknown-case", "approved-under-another-id"),
    "Systems are watched": (SOURCE_SILENT, HEARD_AGAIN),
    "Peaks and windows of postings are borne": ("posting-queued",),
    "No silent failure: what does not come is an exception": (
        "project-never-created",
        "time-not-posted",
        "invoice-not-posted",
        "expense-not-posted",
        "status-not-returned",
        "retainer-fee-forgotten",
    ),
    "A partial outage and slow lines are borne": ("posting-outage", "delivered-days-late"),
    "A failed approval leads to its invoices": ("approval-refused",),
    "What succeeded in part is seen": ("billing-setup-failed", "change-not-propagated"),
    "Late and out of order is put in order": ("out-of-order-delivery", "delivered-days-late"),
}
_HOW = {
    QUARANTINE: "quarantine: {}",
    UNCORRELATED: "waits for its case",
    ONCE: "counted once",
    ORDERED: "put in order",
    DEPARTURE: "departure: {}",
    PARTIAL: "partial success: {}",
    CLEARED: "`{}` resolved",
    AFFECTED: "blast radius of `{}`",
    INCIDENT: "one incident of `{}`",
}


@cache
def told() -> list[Injected]:
    """What is told to go wrong in some engagements of each fault, and in the months of a year."""
    return [*_of_engagements(), *_of_months()]


def _of_engagements() -> Iterator[Injected]:
    firm = found_firm(SEED)
    for fault in (*FAULTS, *[None] * LIVES):
        for number in range(LIVES * len(DEALS)):
            engagement = agree(firm, number, DEALS[number % len(DEALS)], fault)
            yield from live_through(engagement, SEED, london(), outages=True).injected


def _of_months() -> Iterator[Injected]:
    firm = found_firm(SEED)
    for month in range(1, 13):
        for fault in OF_MONTHS:
            day = datetime(2026, month, 1, tzinfo=UTC).date()
            those = month_ends(firm, day, london(), (fault,))
            yield from (one for one in those if isinstance(one, Injected))


def finders() -> dict[str, set[str]]:
    """Return in words what finds each fault."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in told():
        found[one.fault] |= {_HOW.get(each.kind, "`{}`").format(_named(each)) for each in one.finds}
    found[SOURCE_SILENT] = {"`source-silent`"}
    found[HEARD_AGAIN] = {"`source-silent`", "`source-silent` resolved"}
    return found


def _named(found: Finding) -> str:
    return f"{found.name} {found.object}" if found.kind == DEPARTURE else found.name


def faults() -> str:
    """Return the generated part of the page of faults."""
    found = finders()
    named = {fault for table in (GATES, CONTROLS) for those in table.values() for fault in those}
    others = {"": tuple(sorted(found.keys() - named))}
    parts = []
    for title, table in (
        ("Rules and gates", GATES),
        ("Resilience", CONTROLS),
        ("Other faults", others),
    ):
        rows = [
            f"| {promise if place == 0 else ''} | `{fault}` | {', '.join(sorted(found[fault]))} |"
            for promise, those in table.items()
            for place, fault in enumerate(those)
        ]
        head = f"## {title}\n\n| promise | fault | found by |\n|---|---|---|\n"
        parts.append(head + "\n".join(rows))
    return "\n\n".join(parts)
