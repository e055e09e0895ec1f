"""Slips in what the deal, the client contract and the project say."""

from typing import Any

from controlplane.simulator.slip import (
    ACTIVE,
    AMENDED,
    APPROVED,
    ASSIGNED,
    CHANGED,
    CUSTOMER,
    DEAL,
    SUBMITTED,
    TERMS,
    TIME_APPROVED,
    Data,
    Left,
    Seen,
    Slip,
    Spoil,
    Value,
    days,
    other,
    times,
)

ORDER_EXPIRED = "order-expired"
APPROVER_LEFT = "approver-who-left"
AMENDED_WITHOUT_REQUEST = "amended-without-request"
AMENDED_BEFORE_APPROVAL = "amended-before-approval"
APPROVAL_SKIPPED = "approval-skipped"
"""Of a contract so large that finance has to approve it."""
_MODELS = ("time-and-materials", "milestone", "fixed-fee", "retainer")
_SERVICES = ("strategy", "technology")
_REGIONS = ("uk", "eu")
_ENTITIES = ("meridian-uk", "meridian-nl")


def approver_who_left(data: Data) -> str:
    """The one whom the project's delivery lead followed."""
    return f"W-{data['project_id'].removeprefix('PRJ-')}-A"


def _terms(fault: str, rule: str, **parts: Any) -> Slip:
    """A term of the client contract, found when the project is active."""
    values: dict[str, Value] = parts.pop("values")
    return Slip(
        fault=fault,
        spoils=(Spoil(type=TERMS, values=values),),
        finds=(Seen(rule=rule, on=ACTIVE, after="ps.engagement.signed"),),
        **parts,
    )


def _deal(fault: str, rule: str, by: str, **values: Value) -> Slip:
    """What the deal says, found at once or when the contract says something else."""
    on = DEAL if by == "opportunity_id" else TERMS
    spoils = (Spoil(type=DEAL, values=values),)
    return Slip(fault=fault, spoils=spoils, finds=(Seen(rule=rule, by=by, on=on),))


_CONTRACT = (
    _terms("payment-terms-forgotten", "payment-terms-missing", values={"payment_terms_days": None}),
    _terms("payment-terms-of-90-days", "payment-terms-too-long", values={"payment_terms_days": 90}),
    _terms("end-date-forgotten", "dates-missing", values={"end_on": None}),
    _terms(
        "cap-forgotten", "cap-missing", values={"not_to_exceed": None}, model="time-and-materials"
    ),
    _terms("revenue-method-forgotten", "revenue-method-missing", values={"revenue_method": None}),
    _terms("service-line-forgotten", "service-line-missing", values={"service_line": None}),
    _terms("data-region-forgotten", "data-residency-missing", values={"data_residency": None}),
    _terms(
        "discount-not-approved",
        "discount-above-limit",
        values={"discount_percent": 30, "approvals": ["legal"]},
        follows=("approval-missing",),
    ),
    _terms(APPROVAL_SKIPPED, "approval-missing", values={"approvals": ["delivery"]}),
    _terms("margin-too-low", "margin-below-target", values={"expected_margin_percent": 20}),
    Slip(
        fault="loss-expected",
        spoils=(Spoil(type=TERMS, values={"expected_margin_percent": -5}),),
        finds=(
            Seen(rule="loss-making-contract", on=TERMS),
            Seen(rule="margin-below-target", on=ACTIVE),
        ),
    ),
    _terms(
        "order-too-small",
        "purchase-order-too-small",
        values={
            "purchase_order_required": True,
            "purchase_order": "PO-SMALL",
            "purchase_order_value": times("value", "0.5"),
        },
        model="fixed-fee",
    ),
    Slip(
        fault=ORDER_EXPIRED,
        spoils=(Spoil(type=TERMS, values={"purchase_order_expires_on": days("start_on", 1)}),),
        finds=(),
        model="time-and-materials",
    ),
    Slip(
        fault="e-invoice-address-unknown",
        spoils=(Spoil(type=CUSTOMER, values={"einvoicing_required": True}),),
        finds=(Seen(rule="e-invoicing-endpoint-missing", on=ACTIVE),),
        own_client=True,
    ),
    Slip(
        fault="method-of-another-model",
        spoils=(Spoil(type=TERMS, values={"revenue_method": "as-used"}),),
        finds=(Seen(rule="revenue-method-not-of-the-model", on=TERMS),),
        follows=("revenue-by-another-method",),
        model="fixed-fee",
    ),
)

_HANDOFF = (
    _deal("deal-worth-more", "contract-below-deal", "engagement_id", value=times("value", "1.3")),
    _deal(
        "sold-as-another-model",
        "contract-of-another-billing-model",
        "engagement_id",
        billing_model=other("billing_model", *_MODELS),
    ),
    _deal(
        "sold-as-another-service",
        "contract-of-another-service-line",
        "engagement_id",
        service_line=other("service_line", *_SERVICES),
    ),
    _deal(
        "sold-by-another-entity",
        "contract-of-another-entity",
        "engagement_id",
        legal_entity=other("legal_entity", *_ENTITIES),
    ),
    _deal(
        "billing-model-forgotten",
        "deal-without-billing-model",
        "opportunity_id",
        billing_model=None,
    ),
    _deal("entity-forgotten", "deal-without-legal-entity", "opportunity_id", legal_entity=None),
    Slip(
        fault="hierarchy-broken",
        spoils=(Spoil(type=CUSTOMER, values={"hierarchy_valid": False}),),
        finds=(Seen(rule="deal-client-hierarchy-not-valid", by="opportunity_id", on=DEAL),),
        own_client=True,
    ),
    Slip(
        fault="signed-by-another-entity",
        spoils=(Spoil(type=TERMS, values={"legal_entity": other("legal_entity", *_ENTITIES)}),),
        finds=(
            Seen(rule="contract-of-another-entity", on=TERMS),
            Seen(rule="currency-not-of-the-entity", on=TERMS),
        ),
    ),
)

_SETUP = (
    Slip(
        fault="setup-of-another-project",
        spoils=(
            Spoil(
                type="ps.billing-setup.created",
                values={"project_id": lambda data: f"{data['project_id']}-X"},
            ),
        ),
        finds=(
            Seen(
                rule="billing-setup-of-another-project",
                by="billing_setup_id",
                on="ps.billing-setup.created",
            ),
        ),
    ),
    Slip(
        fault=APPROVER_LEFT,
        spoils=(
            Spoil(type=SUBMITTED, values={"approver_id": approver_who_left}),
            Spoil(type=TIME_APPROVED, lost=True, same="timesheet_id"),
        ),
        finds=(Seen(rule="approver-has-left", by="timesheet_id", on=SUBMITTED),),
        follows=("submitted-time-not-approved",),
        model="milestone",
    ),
    Slip(
        fault="week-of-a-fortnight",
        spoils=(Spoil(type=TIME_APPROVED, values={"week_ending": days("week_ending", 7)}),),
        finds=(Seen(rule="week-of-time-not-a-week", by="timesheet_id", on=TIME_APPROVED),),
        follows=("week-across-month-end",),
    ),
    Slip(
        fault=AMENDED_WITHOUT_REQUEST,
        spoils=(
            Spoil(type="ps.change-request.approved", lost=True),
            Spoil(type="ps.project.budget-revised", lost=True),
        ),
        finds=(Seen(rule="amendment-without-change-request", on="ps.engagement.amended"),),
        follows=("billed-before-budget-revision", "recognised-before-budget-revision"),
    ),
    Slip(
        fault="cost-centre-forgotten",
        spoils=(Spoil(type=APPROVED, values={"cost_centre": None}),),
        finds=(Seen(rule="project-without-cost-centre", by="project_id", on=ACTIVE),),
    ),
    Slip(
        fault="data-in-another-region",
        spoils=(Spoil(type=ACTIVE, values={"data_region": other("data_region", *_REGIONS)}),),
        finds=(Seen(rule="project-kept-outside-its-region", by="project_id", on=ACTIVE),),
    ),
    Slip(
        fault="approver-unknown",
        spoils=(
            Spoil(type=SUBMITTED, values={"approver_id": "W-NOBODY"}),
            Spoil(type=TIME_APPROVED, lost=True, same="timesheet_id"),
        ),
        finds=(
            Seen(rule="approver-unknown", by="timesheet_id", on=SUBMITTED),
            Seen(
                rule="submitted-time-not-approved",
                by="timesheet_id",
                on=SUBMITTED,
                promise="timesheet-submitted-to-approved",
                days=2,
            ),
        ),
        model="milestone",
    ),
)


_SEQUENCE = (
    Slip(
        fault="activated-before-approval",
        spoils=(Spoil(type=ACTIVE, before=(APPROVED, "project_id")),),
        finds=(Seen(rule="project-activated-before-approval", by="project_id", on=ACTIVE),),
        follows=("half-created-project",),
        leaves=(
            Left(
                process="quote-to-cash",
                kind="out-of-order",
                activity="project-activated",
                by="project_id",
            ),
        ),
    ),
    Slip(
        fault="assigned-before-activation",
        spoils=(Spoil(type=ASSIGNED, before=(ACTIVE, "project_id")),),
        finds=(Seen(rule="assignment-before-activation", by="assignment_id", on=ASSIGNED),),
        follows=("project-without-people", "assignment-of-a-role-not-asked-for"),
        leaves=(
            Left(
                process="quote-to-cash",
                kind="out-of-order",
                activity="resource-assigned",
                by="project_id",
            ),
        ),
    ),
    Slip(
        fault="time-approved-before-submission",
        spoils=(Spoil(type=TIME_APPROVED, before=(SUBMITTED, "timesheet_id")),),
        finds=(Seen(rule="time-approved-before-submission", by="timesheet_id", on=TIME_APPROVED),),
        follows=("submitted-time-not-approved", "approved-time-not-posted"),
        model="fixed-fee",
    ),
    Slip(
        fault=AMENDED_BEFORE_APPROVAL,
        spoils=(Spoil(type=AMENDED, before=(CHANGED, "change_request_id")),),
        finds=(Seen(rule="amended-before-approval", by="change_request_id", on=AMENDED),),
        follows=(
            "amendment-without-change-request",  # until the approval comes
            "change-request-not-propagated",
            "billed-before-budget-revision",
            "recognised-before-budget-revision",
        ),
    ),
    Slip(
        fault="project-never-staffed",
        spoils=(Spoil(type=ASSIGNED, lost=True, each=True),),
        finds=(
            Seen(
                rule="project-without-people",
                by="",
                on=ACTIVE,
                promise="project-activated-to-staffed",
                days=5,
            ),
        ),
        model="fixed-fee",
    ),
)


CONTRACT = (*_CONTRACT, *_HANDOFF, *_SETUP, *_SEQUENCE)
