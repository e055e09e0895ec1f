"""
What goes wrong in the firm, by name.

Each block of engagements meets every fault once, in an order drawn from the seed; the rest
of the block is healthy.
"""

from random import Random

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
)
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
    }
)
OF_MILESTONES = frozenset(
    {MILESTONE_BILLED_BEFORE_ACCEPTANCE, MILESTONE_OVERBILLED, MILESTONE_NEVER_BILLED}
)
OF_FEES = frozenset({SCHEDULE_INCOMPLETE, INSTALMENT_BILLED_EARLY, WORK_BEFORE_ACTIVATION})
OF_RETAINERS = frozenset({OVERAGE_UNAPPROVED, ROLLOVER_ABOVE_CAP})
OWN_CLIENT = frozenset({MISSING_TAX_PROFILE, CLIENT_ON_CREDIT_HOLD, CLIENT_NOT_VALIDATED})
OWN_WORKER = frozenset({UNCERTIFIED_ASSIGNMENT, COST_RATE_LATE})
BLOCK = 120


def fault_of(seed: int, number: int, faults: tuple[str, ...] = FAULTS) -> str | None:
    """Return the fault that engagement *number* meets, None for a healthy one."""
    block, place = divmod(number, BLOCK)
    rng = Random(f"faults:{seed}:{block}")  # noqa: S311 - a story, not a secret
    met: list[str | None] = [*faults, *[None] * (BLOCK - len(faults))]
    rng.shuffle(met)
    return met[place]
