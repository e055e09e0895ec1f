import pytest

from observability.model.coherence import read_model
from rules.document import DocumentError

MODEL = """
process: quote-to-cash
version: 1.0.0
title: Quote to cash
owner: finance
case: engagement
keys: [engagement_id]
activities:
  - {activity: deal-closed-won, title: Deal won, stage: quote, events: [ps.opportunity.closed-won]}
  - {activity: invoice-paid, stage: cash, events: [ps.invoice.paid], after: [deal-closed-won]}
stages:
  - {stage: quote, owner: sales}
  - {stage: cash}
start: [deal-closed-won]
end: [invoice-paid]
entities:
  engagement: {key: engagement_id, from: [ps.opportunity.closed-won]}
  invoice: {key: invoice_id, from: [ps.invoice.issued], touched_by: {ps.invoice.paid: invoice_ids}}
money:
  amount: {entity: engagement, field: value}
  chain: [{name: quoted, entity: engagement, field: value}]
import: {event_type: ps.step, currency: EUR, amount: [Amount]}
"""


def test_a_model_is_asked_for_what_it_expects():
    model = read_model(MODEL)
    assert model.activity_of("ps.invoice.paid") == "invoice-paid"
    assert model.activity_of("ps.unheard-of") is None
    assert model.stage_of("invoice-paid") == "cash"
    assert model.stage_of("unheard-of") is None
    assert (model.title_of("deal-closed-won"), model.title_of("invoice-paid")) == (
        "Deal won",
        "Invoice paid",
    )
    assert (model.owner_of("quote"), model.owner_of("cash"), model.owner_of(None)) == (
        "sales",
        "finance",
        "finance",
    )
    assert model.stage_rank == {"quote": 0, "cash": 1}
    assert model.importing is not None


def test_a_model_of_nothing_but_its_name_is_a_model():
    bare = read_model("{process: p, version: 1.0.0, title: P, owner: finance}")
    assert bare.activities == ()


@pytest.mark.parametrize(
    ("was", "is_now", "pointer", "sentence"),
    [
        ("process: quote", "process: Quote", "/process", "kebab-case"),
        ("version: 1.0.0", "version: '1.0'", "/version", "three numbers"),
        ("owner: finance", "owner: Fin Ance", "/owner", "kebab-case"),
        ("case: engagement", "case: deal", "/case", "there is no entity type 'deal'"),
        ("keys: [engagement_id]", "keys: [project_id]", "/case", "is not one of `keys`"),
        ("stage: cash, ev", "stage: bank, ev", "/activities/1/stage", "are: quote, cash"),
        ("after: [deal-closed-won]", "after: [x]", "/activities/1/after/0", "no activity 'x'"),
        ("after: [deal-closed-won]", "after: [invoice-paid]", "/activities", "in a circle"),
        ("activity: invoice-paid", "activity: deal-closed-won", "/activities/1", "stands twice"),
        ("activity: invoice-paid", "activity: ''", "/activities/1/activity", "1 to 200"),
        ("[ps.invoice.paid]", "[ps.invoice.paid.v2]", "/activities/1/events/0", "without its ver"),
        (
            "events: [ps.invoice.paid]",
            "events: [ps.opportunity.closed-won]",
            "/activities/1/events/0",
            "one type, one step",
        ),
        ("stage: cash}", "stage: Cash Flow}", "/activities/1/stage", "no stage 'cash'"),
        ("{stage: cash}", "{stage: cash}\n  - {stage: No One}", "/stages/2/stage", "kebab-case"),
        ("end: [invoice-paid]", "end: [paid]", "/end/0", "no activity 'paid'"),
        (
            "end: [invoice-paid]",
            "end: [invoice-paid]\ncancel: [invoice-paid]",
            "/cancel/0",
            "both completes and cancels",
        ),
        ("  invoice: {", "  In Voice: {", "/entities/In Voice", "lower-case name"),
        ("{ps.invoice.paid:", "{ps.invoice.paid.v1:", "/entities", "without its version"),
        ("{entity: engagement, field: value}\n", "{field: value}\n", "/money/amount", "event"),
        (
            "{entity: engagement, field: value}\n",
            "{entity: deal, field: value}\n",
            "/money/amount/entity",
            "no entity type",
        ),
        ("name: quoted", "name: Quoted!", "/money/chain/0/name", "snake_case"),
        ("quoted, entity: engagement", "quoted, entity: x", "/money/chain/0/entity", "no entity"),
        ("currency: EUR", "currency: euro", "/import/currency", "ISO 4217"),
        ("currency: EUR, ", "", "/import", "needs its `currency`"),
        ("title: Quote to cash", "titel: Quote", "", "titel"),
    ],
)
def test_a_model_that_leads_nowhere_is_refused_where_it_goes_wrong(
    was: str, is_now: str, pointer: str, sentence: str
):
    assert was in MODEL
    with pytest.raises(DocumentError, match=sentence.replace("[", r"\[")) as refused:
        read_model(MODEL.replace(was, is_now, 1))
    assert refused.value.pointer.startswith(pointer)
    assert refused.value.line > 0


def test_a_title_or_owner_is_read_from_the_cases_entity_only():
    with pytest.raises(DocumentError, match="name it in `case`"):
        read_model("{process: p, version: 1.0.0, title: P, owner: o, title_from: [name]}")


def test_a_reference_leads_to_a_named_entity_type_of_any_process():
    text = "{process: p, version: 1.0.0, title: P, owner: o, references: {worker_id: %s}}"
    assert read_model(text % "worker").references == {"worker_id": "worker"}
    with pytest.raises(DocumentError, match="lower-case name"):
        read_model(text % "The Worker")


@pytest.mark.parametrize(
    ("measure", "sentence"),
    [
        ("{measure: paid, entity: invoice}", "the field that says when"),
        ("{measure: paid, entity: invoice, at: d, naming: {x: bill.y}}", "no entity type 'bill'"),
        ("{measure: paid, entity: invoice, at: d, naming: {x: invoice}}", "no `type.field`"),
        ("{measure: ahead, formula: 'billed - paid'}", "no sum before it 'paid'"),
        ("{measure: ahead, formula: 'billed - open'}", "no sum before it 'open'"),
        ("{measure: ahead, formula: 'billed * 2'}", "is no figure, 0, sum, difference"),
        ("{measure: ahead, at: paid_at, formula: billed}", "of entities, or has a `formula`"),
    ],
)
def test_a_measure_is_of_what_the_model_has_and_a_balance_of_sums_that_happened(
    measure: str, sentence: str
):
    text = f"""{MODEL}
measures:
  - {{measure: billed, entity: invoice, field: amount, at: invoice_issued_at}}
  - {{measure: open, entity: invoice, field: amount, at: issued_at, until: [paid_at, credited_at]}}
  - {measure}
"""
    with pytest.raises(DocumentError, match=sentence):
        read_model(text)
