"""What a change of a contract would touch, at a small firm that bills its time."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from projecting import NOON, ByReference, append, ask, drain, installation, register
from small_billing import CONTRACTS, PROCESS, happened, install_in_log

from controlplane.database import Databases, reading
from controlplane.impact.impact import EXAMINED, Impact, impact
from controlplane.impact.proposal import Proposal
from controlplane.pipeline.processing import Processing
from governance.contract import stores as contracts
from governance.contract.artifact import read_artifact
from governance.version import SemanticVersion
from observability.instance.inflight_stores import in_flight
from rules.money import Money, money

TIME = "sb.time.approved"
ROUTING = """
routing: house
version: 1.0.0
receivers:
  - {receiver: desk, email: {to: [desk@example.com]}}
  - {receiver: billing, email: {to: [billing@example.com]}}
  - {receiver: readers, email: {to: [readers@example.com]}}
route:
  receiver: desk
  routes:
    - {receiver: billing, matchers: [rule = no-purchase-order]}
    - {receiver: readers, matchers: [change = published]}
"""
MAPPING = """
mapping: psa-spans
version: 1.0.0
process: small-billing
rules:
  - service: psa
    span: approve
    activity: time-approved
    type: sb.time.approved
    amount: psa.amount
    currency: psa.currency
    data: {engagement_id: psa.engagement, timesheet_id: psa.timesheet}
"""


def worked(databases: Databases) -> None:
    """Install the firm with its readers, and let time be approved in one of two cases."""
    install_in_log(databases)
    register(databases, "routing", ROUTING)
    register(databases, "mapping", MAPPING)
    for system, versions, uses in (
        ("portal", "^1", ["timesheet_id"]),
        ("ledger", "~1.0.0", ["amount.currency"]),
        ("lake", "*", []),
        ("museum", "^0.1", []),
    ):
        body = {"subject": TIME, "system": system, "versions": versions, "uses": uses}
        ask(databases, "contract:consumer:put", body)
    for name, code in (("1", "EUR"), ("2", "USD")):
        value = {"amount": f"{name}00.00", "currency": code}
        told = {"engagement_id": f"E-{name}", "value": value}
        append(databases, [happened("sb.engagement.signed", f"s{name}", NOON, **told)])
    amount = {"amount": "10.00", "currency": "EUR"}
    told = {"engagement_id": "E-1", "timesheet_id": "T-1", "amount": amount}
    append(databases, [happened(TIME, "t1", NOON, **told)])
    drain(databases, Processing(ByReference()))


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    opened = installation(tmp_path_factory.mktemp("firm"))
    worked(opened)
    yield opened
    opened.close()


def schema(**properties: Any) -> dict[str, Any]:
    """Return the contract of approved time with other properties; None takes one away."""
    found: dict[str, Any] = {"type": "object", **deepcopy(CONTRACTS[TIME])}
    found["properties"] |= properties
    for name in [name for name, one in properties.items() if one is None]:
        del found["properties"][name]
        found["required"] = [one for one in found["required"] if one != name]
    return found


def looked_at(firm: Databases, document: dict[str, Any], version: str = "1.1.0") -> Impact:
    content = msgspec.json.encode(document)
    with reading(firm.state) as state:
        contract = contracts.get_contract(state, TIME)
        assert contract is not None
        proposal = Proposal(
            contract=contract,
            older=contracts.get_version(state, TIME, "1.0.0"),
            number=SemanticVersion.of(version),
            artifact=read_artifact(content, "application/json"),
            content=content,
            media_type="application/json",
        )
        return impact(state, proposal, at=NOON)


def test_a_field_that_is_gone_names_exactly_the_rules_that_read_it(firm: Databases):
    found = looked_at(firm, schema(amount=None))
    assert [(one.field, one.kind) for one in found.changes] == [("amount", "removed")]
    (rule,) = found.rules
    assert (rule.within, rule.name, rule.touched) == (
        "small-billing-rules",
        "no-purchase-order",
        ("amount",),
    )
    assert "amount" in rule.problem
    assert found.broken == 1


def test_a_field_that_no_rule_reads_touches_none_and_all_that_read_the_contract_are_named(
    firm: Databases,
):
    found = looked_at(firm, schema(note={"type": "string"}))
    assert found.verdict == "compatible"
    assert found.broken == 0
    assert [(one.name, one.reads, one.touched) for one in found.rules] == [
        ("no-purchase-order", ("amount", "timesheet_id"), ())
    ]
    assert [one.name for one in found.processes] == ["small-billing"]
    assert found.processes[0].times == ("time-approved",)


def test_an_objective_is_moved_by_the_event_and_reads_what_its_money_is(firm: Databases):
    (sla,) = looked_at(firm, schema(amount={"type": "string"})).slas
    assert (sla.name, sla.times) == ("time-to-invoice", ("time-approved",))
    assert (sla.reads, sla.touched) == (("amount",), ("amount",))


def test_a_mapping_that_cannot_give_what_is_demanded_says_so(firm: Databases):
    demanded = schema(cost_centre={"type": "string"})
    demanded["required"].append("cost_centre")
    (mapping,) = looked_at(firm, demanded).mappings
    assert mapping.reads == ("amount", "engagement_id", "timesheet_id")
    assert mapping.problem == "spans approve do not give cost_centre, which is required"
    assert looked_at(firm, schema()).mappings[0].problem == ""


def test_consumers_are_touched_by_what_they_use_and_meet_it_by_the_range_that_they_read(
    firm: Databases,
):
    numbered = deepcopy(CONTRACTS[TIME]["properties"]["amount"])
    numbered["properties"]["currency"] = {"type": "integer"}
    found = looked_at(firm, schema(amount=numbered))
    told = {one.system: (one.follows, one.touched) for one in found.consumers}
    assert told["portal"] == (True, ())
    assert told["ledger"] == (False, ("amount.currency",))
    assert told["lake"] == (True, ("amount.currency",))
    assert "museum" not in told


def test_a_system_that_went_on_with_what_was_told_is_named_though_it_declared_nothing(
    tmp_path: Path,
):
    databases = installation(tmp_path)
    own = "activity: invoiced, system: erp, after: [time-approved], stage"
    told = PROCESS.replace("activity: invoiced, stage", own)
    worked(databases)
    register(databases, "process", told.replace("version: 1.0.0", "version: 1.1.0"))
    invoice = {"engagement_id": "E-1", "timesheet_ids": ["T-1"]}
    append(databases, [happened("sb.invoice.issued", "i1", NOON + timedelta(hours=1), **invoice)])
    drain(databases, Processing(ByReference()))
    seen = {one.system: one for one in looked_at(databases, schema(amount=None)).consumers}
    databases.close()
    assert (seen["erp"].seen, seen["erp"].declared, seen["erp"].touched) == (1, False, ("amount",))


def test_the_routes_say_who_would_hear_of_it(firm: Databases):
    routes = {one.receiver: one.rules for one in looked_at(firm, schema(amount=None)).routes}
    assert routes == {"billing": ("no-purchase-order",), "readers": ()}


def test_a_major_version_beside_the_old_one_is_judged_by_who_reads_either(firm: Databases):
    found = looked_at(firm, schema(amount=None), "2.0.0")
    assert [one.touched for one in found.rules] == [("amount",)]
    assert {one.system for one in found.consumers if one.follows} == {"lake"}


def test_running_cases_are_counted_with_their_money_and_those_the_event_told_of_apart(
    databases: Databases,
):
    worked(databases)
    with reading(databases.state) as state:
        found = in_flight(state, "small-billing", [TIME], most=EXAMINED, shown=1)
        few = in_flight(state, "small-billing", [TIME], most=1, shown=1)
    assert (found.running, found.told, len(found.instances)) == (2, 1, 1)
    assert total_of(found.money) == [money("100.00", "EUR"), money("200.00", "USD")]
    assert total_of(found.told_money) == [money("100.00", "EUR")]
    assert (few.running, few.told, few.instances) == (2, None, [])


def total_of(amounts: list[Money]) -> list[Money]:
    return [one.displayed for one in amounts]
