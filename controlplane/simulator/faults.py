"""
What goes wrong in the firm, by name.

Each block of engagements meets every fault once, in an order drawn from the seed; the rest
of the block is healthy.
"""

from random import Random

from controlplane.simulator.slip import Model
from controlplane.simulator.slips.contract import APPROVAL_SKIPPED
from controlplane.simulator.slips.known import SLIPS

PROJECT_NEVER_CREATED = "project-never-created"
APPROVED_TIME_NEVER_BILLED = "approved-time-never-billed"
MILESTONE_BILLED_BEFORE_ACCEPTANCE = "milestone-billed-before-acceptance"
MILESTONE_OVERBILLED = "milestone-overbilled"
MILESTONE_NEVER_BILLED = "milestone-never-billed"
MISSING_TAX_PROFILE = "missing-tax-profile"
MISSING_PURCHASE_ORDER = "missing-purchase-order"
MISSING_SIGNATURE = "missing-signature"
RATE_MISSING = "rate-missing"
CAP_EXCEEDED = "cap-exceeded"
CLIENT_ON_CREDIT_HOLD = "client-on-credit-hold"
LATE_APPROVAL = "late-approval"
INVOICE_NEVER_PAID = "invoice-never-paid"
LATE_PROJECT = "late-project"
LATE_INVOICE = "late-invoice"
LATE_PAYMENT = "late-payment"
DUPLICATE_EVENTS = "duplicate-events"
OUT_OF_ORDER = "out-of-order-delivery"
CONTRACT_VIOLATION = "contract-violating-event"
UNKNOWN_CASE = "event-of-unknown-case"
CLIENT_NOT_VALIDATED = "client-not-validated"
SCHEDULE_INCOMPLETE = "schedule-incomplete"
UNCERTIFIED_ASSIGNMENT = "uncertified-assignment"
COST_RATE_LATE = "cost-rate-after-assignment"
DATES_REVERSED = "contract-dates-reversed"
BILLING_SETUP_FAILED = "billing-setup-failed"
WORK_BEFORE_ACTIVATION = "work-before-activation"
SELF_APPROVED_TIME = "self-approved-time"
TIME_OFF_RATE_CARD = "time-off-rate-card"
TIME_NOT_POSTED = "time-not-posted"
TIME_BILLED_TWICE = "time-billed-twice"
REISSUED_WITHOUT_CREDIT = "reissued-without-credit"
INSTALMENT_BILLED_EARLY = "instalment-billed-early"
OVERAGE_UNAPPROVED = "retainer-overage-unapproved"
ROLLOVER_ABOVE_CAP = "retainer-rollover-above-cap"
EXPENSE_OUTSIDE_POLICY = "expense-outside-policy"
CHANGE_NOT_PROPAGATED = "change-not-propagated"
BUDGET_NOT_REVISED = "budget-not-revised"
BILLING_CHANGE_UNAPPROVED = "billing-change-unapproved"
WRONG_SYSTEM = "changed-in-the-wrong-system"
REVENUE_METHOD_DIFFERS = "revenue-method-differs"
TIME_OVERBILLED = "time-overbilled"
TIME_UNDERPRICED = "time-priced-below-the-rate"
MILESTONE_BILLED_TWICE = "milestone-billed-twice"
INSTALMENT_BILLED_TWICE = "instalment-billed-twice"
CREDIT_TOO_HIGH = "credit-above-the-invoice"
CREDIT_OF_NOTHING = "credit-of-no-invoice"
BILLED_WITHOUT_TAX = "billed-without-tax"
DEAL_ON_HOLD = "deal-on-credit-hold"
BILLED_ON_HOLD = "billed-on-credit-hold"
CHANGED_BY_ONE_PERSON = "billing-changed-by-one-person"
CLOSED_UNBILLED = "closed-with-unbilled-time"
SUBMITTED_LATE = "time-submitted-late"
WEEK_NOT_SPLIT = "week-not-split"
ORDER_EXHAUSTED = "order-exhausted"
RATE_ENDED = "rate-card-ended"
RATE_REVERSED = "rate-dates-reversed"
RATE_IN_DOLLARS = "rate-in-another-currency"
EVENTS_REPLAYED = "events-replayed"
SPANS_TWICE = "spans-exported-twice"
DELIVERED_LATE = "delivered-days-late"
CLOCK_WRONG = "clock-of-a-producer-wrong"
SPAN_BROKEN = "span-without-its-data"
APPROVED_AGAIN = "approved-under-another-id"
POSTING_QUEUED = "posting-queued"
SETUP_RETRIED = "billing-setup-retried"
ACCOUNTS_LATE = "accounts-ready-late"
ACCESS_KEPT = "access-never-ended"
AWAY = "assigned-while-away"
CHANGE_LATE = "change-late"
CLOSED_UNCLEARED = "closed-uncleared"
MONTH_BILLED_LATE = "month-billed-late"
MONTH_NOT_RECONCILED = "month-not-reconciled"
MILESTONE_WITHOUT_TAX = "milestone-without-tax-profile"
TIME_BEYOND_CAP = "time-held-at-the-cap"
CAP_NEARLY_REACHED = "cap-nearly-reached"
APPROVAL_REFUSED = "approval-refused"
POSTING_OUTAGE = "posting-outage"

FAULTS = (
    PROJECT_NEVER_CREATED,
    APPROVED_TIME_NEVER_BILLED,
    MILESTONE_BILLED_BEFORE_ACCEPTANCE,
    MILESTONE_OVERBILLED,
    MILESTONE_NEVER_BILLED,
    MISSING_TAX_PROFILE,
    MISSING_PURCHASE_ORDER,
    MISSING_SIGNATURE,
    RATE_MISSING,
    CAP_EXCEEDED,
    CLIENT_ON_CREDIT_HOLD,
    LATE_APPROVAL,
    INVOICE_NEVER_PAID,
    LATE_PROJECT,
    LATE_INVOICE,
    LATE_PAYMENT,
    DUPLICATE_EVENTS,
    OUT_OF_ORDER,
    CONTRACT_VIOLATION,
    UNKNOWN_CASE,
    CLIENT_NOT_VALIDATED,
    SCHEDULE_INCOMPLETE,
    UNCERTIFIED_ASSIGNMENT,
    COST_RATE_LATE,
    DATES_REVERSED,
    BILLING_SETUP_FAILED,
    WORK_BEFORE_ACTIVATION,
    SELF_APPROVED_TIME,
    TIME_OFF_RATE_CARD,
    TIME_NOT_POSTED,
    TIME_BILLED_TWICE,
    REISSUED_WITHOUT_CREDIT,
    INSTALMENT_BILLED_EARLY,
    OVERAGE_UNAPPROVED,
    ROLLOVER_ABOVE_CAP,
    EXPENSE_OUTSIDE_POLICY,
    CHANGE_NOT_PROPAGATED,
    BUDGET_NOT_REVISED,
    BILLING_CHANGE_UNAPPROVED,
    WRONG_SYSTEM,
    REVENUE_METHOD_DIFFERS,
    TIME_OVERBILLED,
    TIME_UNDERPRICED,
    MILESTONE_BILLED_TWICE,
    INSTALMENT_BILLED_TWICE,
    CREDIT_TOO_HIGH,
    CREDIT_OF_NOTHING,
    BILLED_WITHOUT_TAX,
    DEAL_ON_HOLD,
    BILLED_ON_HOLD,
    CHANGED_BY_ONE_PERSON,
    CLOSED_UNBILLED,
    SUBMITTED_LATE,
    WEEK_NOT_SPLIT,
    ORDER_EXHAUSTED,
    RATE_ENDED,
    RATE_REVERSED,
    RATE_IN_DOLLARS,
    EVENTS_REPLAYED,
    SPANS_TWICE,
    DELIVERED_LATE,
    CLOCK_WRONG,
    SPAN_BROKEN,
    APPROVED_AGAIN,
    POSTING_QUEUED,
    SETUP_RETRIED,
    ACCOUNTS_LATE,
    ACCESS_KEPT,
    AWAY,
    CHANGE_LATE,
    CLOSED_UNCLEARED,
    MONTH_BILLED_LATE,
    MONTH_NOT_RECONCILED,
    *SLIPS,
    MILESTONE_WITHOUT_TAX,
    TIME_BEYOND_CAP,
    CAP_NEARLY_REACHED,
    APPROVAL_REFUSED,
    POSTING_OUTAGE,
)


def _slips(model: Model) -> set[str]:
    return {one.fault for one in SLIPS.values() if one.model == model}


OF_TIME = frozenset(
    {
        APPROVED_TIME_NEVER_BILLED,
        MISSING_TAX_PROFILE,
        RATE_MISSING,
        CAP_EXCEEDED,
        CLIENT_ON_CREDIT_HOLD,
        LATE_INVOICE,
        SELF_APPROVED_TIME,
        TIME_OFF_RATE_CARD,
        TIME_NOT_POSTED,
        TIME_BILLED_TWICE,
        TIME_OVERBILLED,
        REISSUED_WITHOUT_CREDIT,
        BUDGET_NOT_REVISED,
        TIME_UNDERPRICED,
        CLOSED_UNBILLED,
        ORDER_EXHAUSTED,
        POSTING_QUEUED,
        TIME_BEYOND_CAP,
        CAP_NEARLY_REACHED,
        APPROVAL_REFUSED,
        *_slips("time-and-materials"),
    }
)
OF_MILESTONES = frozenset(
    {
        MILESTONE_BILLED_BEFORE_ACCEPTANCE,
        MILESTONE_OVERBILLED,
        MILESTONE_NEVER_BILLED,
        MILESTONE_BILLED_TWICE,
        MILESTONE_WITHOUT_TAX,
        BILLED_WITHOUT_TAX,
        *_slips("milestone"),
    }
)
OF_FEES = frozenset(
    {
        SCHEDULE_INCOMPLETE,
        INSTALMENT_BILLED_EARLY,
        INSTALMENT_BILLED_TWICE,
        WORK_BEFORE_ACTIVATION,
        BILLED_ON_HOLD,
        DEAL_ON_HOLD,
        APPROVAL_SKIPPED,
        APPROVED_AGAIN,
        DELIVERED_LATE,
        *_slips("fixed-fee"),
    }
)
OF_RETAINERS = frozenset({OVERAGE_UNAPPROVED, ROLLOVER_ABOVE_CAP, *_slips("retainer")})
OWN_CLIENT = frozenset(
    {
        MISSING_TAX_PROFILE,
        MILESTONE_WITHOUT_TAX,
        CLIENT_ON_CREDIT_HOLD,
        CLIENT_NOT_VALIDATED,
        BILLED_WITHOUT_TAX,
        BILLED_ON_HOLD,
        DEAL_ON_HOLD,
        *(one.fault for one in SLIPS.values() if one.own_client),
    }
)
OWN_WORKER = frozenset(
    {
        UNCERTIFIED_ASSIGNMENT,
        COST_RATE_LATE,
        ACCOUNTS_LATE,
        AWAY,
        *(one.fault for one in SLIPS.values() if one.own_worker),
    }
)
OF_LONDON = frozenset({APPROVAL_REFUSED, *(one.fault for one in SLIPS.values() if one.london)})
"""Billed by the ERP and not by its predecessor."""
OF_MONTHS = frozenset({MONTH_BILLED_LATE, MONTH_NOT_RECONCILED})
"""Met by the months of a legal entity, not by engagements."""
OF_THE_FIRM = frozenset({POSTING_OUTAGE})
"""Met by many engagements in which nothing else goes wrong."""
BLOCK = 400


def fault_of(seed: int, number: int, faults: tuple[str, ...] = FAULTS) -> str | None:
    """Return the fault that engagement *number* meets, None for a healthy one."""
    block, place = divmod(number, BLOCK)
    rng = Random(f"faults:{seed}:{block}")  # noqa: S311 - a story, not a secret
    those = [one for one in faults if one not in OF_MONTHS | OF_THE_FIRM]
    met: list[str | None] = [*those, *[None] * (BLOCK - len(those))]
    rng.shuffle(met)
    return met[place]


def fault_of_month(seed: int, month: str, faults: tuple[str, ...] = FAULTS) -> str | None:
    """Return the fault that a *month* of a legal entity meets: every second one."""
    rng = Random(f"month:{seed}:{month}")  # noqa: S311 - a story, not a secret
    those = [one for one in faults if one in OF_MONTHS]
    return rng.choice([*those, *[None] * len(those)]) if those else None
