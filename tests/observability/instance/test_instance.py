from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observability.entity import Entity
from observability.instance.instance import (
    CANCELLED,
    COMPLETED,
    RUNNING,
    CaseEvent,
    Instance,
    fold_instance,
)
from observability.model.coherence import read_model
from observability.model.model import ProcessModel
from rules.money import money

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MODEL = read_model("""
process: quote-to-cash
version: 1.2.0
title: Quote to cash
owner: finance
case: engagement
keys: [engagement_id, opportunity_id]
title_from: [client_name, name]
owner_from: billing_owner
activities:
  - {activity: deal-closed-won, stage: quote, events: [ps.opportunity.closed-won]}
  - {activity: project-activated, stage: delivery, after: [deal-closed-won], required: true}
  - {activity: time-approved, stage: delivery, repeats: true}
  - {activity: invoice-issued, title: Invoice issued, stage: billing}
  - {activity: invoice-paid, stage: cash}
  - {activity: engagement-cancelled}
stages:
  - {stage: quote, owner: sales}
  - {stage: delivery, owner: delivery}
  - {stage: billing}
  - {stage: cash}
start: [deal-closed-won]
end: [invoice-paid]
cancel: [engagement-cancelled]
entities:
  engagement: {key: engagement_id, from: [ps.engagement.signed]}
  timesheet: {key: timesheet_id, from: [ps.timesheet.approved]}
money:
  amount: {entity: engagement, field: value}
  chain:
    - {name: quoted, entity: engagement, field: value}
    - {name: worked, entity: timesheet, field: amount, where: {status: [approved, billed]}}
""")


def event(activity: str, hour: float = 0, **given_: object) -> CaseEvent:
    known = {
        "occurred_at": NINE + timedelta(hours=hour),
        "event_id": f"{activity}-{hour}",
        "source": "urn:psa",
        "activity": activity,
        "type": f"ps.{activity}",
    }
    return CaseEvent(**{**known, **given_})


def entity(type_: str, key: str, **state: object) -> Entity:
    return Entity(type=type_, key=key, state=state, first_at=NINE, last_at=NINE, events=1)


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def folded(
    *events: CaseEvent,
    keys: tuple[str, ...] = ("E-1",),
    model: ProcessModel | None = MODEL,
    entities: tuple[Entity, ...] = (),
) -> Instance:
    return fold_instance("i-1", "quote-to-cash", keys, events, model=model, entities=entities)


DEAL, ACTIVE = event("deal-closed-won"), event("project-activated", 1)


def test_a_case_stands_at_the_furthest_stage_it_has_reached():
    late_deal = event("deal-closed-won", 9)
    assert folded(DEAL, event("invoice-issued", 2), late_deal).stage == "billing"


def test_a_case_completes_at_the_last_of_its_ending_events():
    done = folded(DEAL, ACTIVE, event("invoice-paid", 3), event("invoice-paid", 5))
    assert (done.state, done.ended_at) == (COMPLETED, NINE + timedelta(hours=5))


def test_a_cancelled_case_is_cancelled_from_its_cancelling_event():
    gone = folded(DEAL, event("engagement-cancelled", 2))
    assert (gone.state, gone.ended_at) == (CANCELLED, NINE + timedelta(hours=2))


def test_a_start_after_a_cancellation_takes_the_case_up_again():
    again = folded(DEAL, event("engagement-cancelled", 2), event("deal-closed-won", 3))
    assert (again.state, again.ended_at) == (RUNNING, None)


def test_a_completed_case_is_not_cancelled_afterwards():
    done = folded(DEAL, event("invoice-paid", 3), event("engagement-cancelled", 4))
    assert (done.state, done.ended_at) == (COMPLETED, NINE + timedelta(hours=3))


def test_rework_counts_the_events_that_repeat_an_activity():
    worked = folded(DEAL, *(event("time-approved", hour) for hour in (1, 2, 3)))
    assert (worked.events, worked.rework) == (4, 2)


def test_two_cases_with_the_same_steps_are_one_variant():
    one, other = folded(DEAL, ACTIVE), folded(DEAL, event("project-activated", 7), keys=("E-2",))
    assert one.variant == other.variant
    assert one.variant != folded(DEAL).variant


def test_events_at_one_instant_keep_their_producers_sequence():
    second = event("project-activated", sequence=1, event_id="a")
    first = event("deal-closed-won", sequence=0, event_id="b")
    assert folded(second, first).activities == ("deal-closed-won", "project-activated")


def test_the_case_takes_key_title_owner_and_amount_from_its_own_entity():
    own = entity(
        "engagement",
        "E-1",
        client_name="Acme",
        name="Roll-out",
        billing_owner="team-a",
        value=eur("900.00"),
    )
    beside = entity("engagement", "E-9", client_name="Other", value=eur("1.00"))
    case = folded(DEAL, keys=("A-OPP-7", "E-1"), entities=(beside, own))
    assert (case.case_key, case.title, case.owner) == ("E-1", "Acme · Roll-out", "team-a")
    assert case.amount == money("900.00", "EUR")
    assert case.attributes["client_name"] == "Acme"


def test_a_case_without_a_named_owner_belongs_to_its_stage_then_to_the_process():
    assert folded(DEAL).owner == "sales"
    assert folded(DEAL, event("invoice-issued", 2)).owner == "finance"


def test_a_process_without_a_model_still_has_running_cases():
    case = folded(event("anything", amount=money("5", "EUR")), model=None)
    assert (case.state, case.stage, case.model, case.departures) == (RUNNING, None, "", ())
    assert case.amount == money("5", "EUR")


def test_the_money_chain_sums_what_its_conditions_let_through():
    sheets = (
        entity("timesheet", "T-1", status="approved", amount=eur("100.005")),
        entity("timesheet", "T-2", status="billed", amount=eur("200")),
        entity("timesheet", "T-3", status="rejected", amount=eur("400")),
        entity("timesheet", "T-4", status="approved", amount={"amount": "7", "currency": "USD"}),
    )
    chain = folded(DEAL, entities=sheets).money
    assert chain == {"quoted": [], "worked": [money("300.005", "EUR"), money("7", "USD")]}


def test_a_case_of_no_event_or_no_key_is_refused():
    with pytest.raises(ValueError, match="needs a key and an event"):
        folded()
    with pytest.raises(ValueError, match="needs a key and an event"):
        folded(DEAL, keys=())


ACTIVITIES = [one.activity for one in MODEL.activities] + ["surprise"]
CASES = st.lists(
    st.builds(
        event,
        st.sampled_from(ACTIVITIES),
        st.integers(0, 5),
        sequence=st.integers(0, 2),
        event_id=st.text("abc", min_size=1, max_size=3),
        source=st.sampled_from(["urn:crm", "urn:psa"]),
        amount=st.sampled_from([None, money("1.10", "EUR"), money("2", "USD")]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda one: (one.source, one.event_id),
)


@given(CASES, st.data())
def test_any_order_and_any_duplication_of_events_give_the_same_case(
    events: list[CaseEvent], data: st.DataObject
):
    again = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events)))))
    sheets = [entity("timesheet", key, status="billed", amount=eur("1")) for key in "abc"]
    shuffled = data.draw(st.permutations(sheets))
    assert folded(*again, keys=("b", "a"), entities=tuple(shuffled)) == folded(
        *events, keys=("a", "b", "a"), entities=tuple(sheets)
    )
