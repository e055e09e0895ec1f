"""The inventory lays what is declared over what was observed, flow by flow."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from house import House, opened
from projecting import installation
from timework import CONTRACT, SUBJECT, approved, furnish

from controlplane.conformance.party import followers
from controlplane.integrations.flow import IntegrationFlow, Known, flows
from governance.contract.catalogue import Consumer, Contract
from governance.integration.integration import Integration, declare
from observability.model.coherence import read_model
from observability.traffic.stores import Flow
from rules.refusal import Refusal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAID = Contract(
    subject="ps.paid",
    kind="event",
    format="jsonschema",
    domain="finance",
    owner="finance",
    system="erp",
    classification="internal",
    compatibility="backward",
    criticality="high",
    title="Paid",
    residency="",
    created_at=NOON,
    created_by="ana",
)
MODEL = """
process: sale
version: 1.0.0
title: Sale
owner: sales
case: deal
keys: [deal_id]
activities:
  - {activity: won, system: crm, events: [s.won]}
  - {activity: opened, system: psa, after: [won], events: [s.opened]}
  - {activity: staffed, system: psa, after: [opened], events: [s.staffed]}
  - {activity: billed, system: erp, after: [staffed], events: [s.billed]}
  - {activity: rated, system: bank, events: [s.rated]}
start: [won]
entities: {deal: {key: deal_id, from: [s.won]}}
"""


def read_by(*systems: str) -> dict[str, Consumer]:
    return {
        one: Consumer(
            subject="ps.paid",
            system=one,
            versions="*",
            contact="",
            declared_at=NOON,
            declared_by="ana",
        )
        for one in systems
    }


def sent(source: str, events: int = 5, traced: int = 5) -> tuple[Flow, ...]:
    one = Flow(
        subject="ps.paid",
        version="1.0.0",
        source=source,
        events=events,
        traced=traced,
        last_at=NOON,
    )
    return (one,)


def carried(**changes: Any) -> Integration:
    body = {"code": "a nightly script", **changes}
    made = declare(PAID, "psa", body, teams=["finance"], actor="ana", at=NOON)
    assert isinstance(made, Integration), made
    return made


def gaps(**known: Any) -> dict[tuple[str, str | None], tuple[str, ...]]:
    whole: dict[str, Any] = {"contract": PAID, "consumers": {}, "seen": {}, "sent": {}, "code": {}}
    found: list[IntegrationFlow] = list(flows(Known(**{**whole, **known}), on=NOON.date()))
    return {(one.producer, one.consumer): one.gaps for one in found}


def test_a_flow_that_is_declared_seen_traced_and_supported_has_no_gap():
    known = {"consumers": read_by("psa"), "seen": {"psa": 3}, "sent": {"erp": sent("/erp")}}
    assert gaps(**known, code={"psa": carried()}) == {("erp", "psa"): ()}


def test_what_is_declared_and_never_came_is_a_gap():
    assert gaps(consumers=read_by("psa"), code={"psa": carried()}) == {
        ("erp", "psa"): ("never-observed",)
    }
    assert gaps() == {("erp", None): ("never-observed", "no-consumer")}


def test_who_sends_or_reads_without_having_said_so_is_a_gap():
    found = gaps(
        consumers=read_by("psa"),
        seen={"bank": 2, "psa": 0, "time": 0},
        sent={"erp": sent("/erp"), "sheets": sent("/sheets", traced=0)},
        code={"psa": carried()},
    )
    assert found == {
        ("erp", "bank"): ("undeclared-consumer", "code-unknown"),
        ("erp", "psa"): ("consumer-never-seen",),
        ("sheets", None): ("undeclared-producer", "no-trace"),
    }


def test_code_is_unsupported_when_somebody_says_so_or_its_support_has_ended():
    assert carried(support_ends="2026-03-02").supported_on(NOON.date())
    assert not carried(support_ends="2026-03-01").supported_on(NOON.date())
    assert not carried(supported=False).supported_on(date(2020, 1, 1))
    known = {"consumers": read_by("psa"), "seen": {"psa": 1}, "sent": {"erp": sent("/erp")}}
    assert gaps(**known, code={"psa": carried(supported=False)}) == {
        ("erp", "psa"): ("code-unsupported",)
    }


def test_owner_and_criticality_are_the_contract_s_where_nothing_else_is_said():
    assert (carried().owner, carried().criticality) == ("finance", "high")
    assert carried(criticality="low").criticality == "low"
    refused = declare(
        PAID, "psa", {"code": "x", "owner": "nobody"}, teams=["finance"], actor="ana", at=NOON
    )
    assert isinstance(refused, Refusal)
    assert refused.errors[0].pointer == "/owner"


def test_a_system_goes_on_with_what_a_model_lets_its_steps_follow_on():
    told = {"won": 5, "opened": 4, "staffed": 4, "rated": 9}
    found = followers([read_model(MODEL)], lambda _: told)
    assert {subject: dict(seen) for subject, seen in found.items()} == {
        "s.won": {"psa": 4},
        "s.staffed": {"erp": 0},
    }
    assert followers([read_model(MODEL)], lambda _: told, ["s.rated"]) == {}
    in_order = re.sub(r" after: \[\w+\],", "", MODEL) + "order: [won, {optional: opened}, staffed]"
    assert followers([read_model(in_order)], lambda _: told) == {"s.won": {"psa": 8}}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    databases = installation(tmp_path)
    with opened(databases, tmp_path / "house") as one:
        furnish(one, rules=False)
        yield one
    databases.close()


def test_the_inventory_is_listed_narrowed_and_described_over_http(house: House):
    house.put(f"/v1/contracts/{SUBJECT}/consumers/erp", {"versions": "^1"})
    house.send(approved("1", "E-1"))
    (flow,) = [
        one
        for one in house.get("/v1/integrations")["items"]
        if one["subject"] == SUBJECT and one["consumer"] == "erp"
    ]
    assert flow["criticality"] == CONTRACT.get("criticality", "medium")
    assert "code-unknown" in flow["gaps"]
    path = f"/v1/integrations/{SUBJECT}/erp"
    said = {"code": "export-time.vbs", "supported": False, "criticality": "critical"}
    assert house.put(path, said)["owner"] == "finance"
    found = house.get("/v1/integrations", gap="code-unsupported")
    assert [(one["code"], one["criticality"]) for one in found["items"]] == [
        ("export-time.vbs", "critical")
    ]
    assert (found["total"], found["gaps"]["code-unsupported"]) == (1, 1)
    assert house.get("/v1/integrations", system="nobody")["items"] == []
    every = house.get("/v1/integrations")["total"]
    page = house.get("/v1/integrations", limit=1)
    rest = house.get("/v1/integrations", cursor=page["next_cursor"])["items"] if every > 1 else []
    assert len(page["items"]) + len(rest) == every
    house.put(path, {"code": " "}, expect=422)
    mistyped = house.http.get("/v1/integrations", params={"gap": "never-observd"})
    assert (mistyped.status_code, "never-observed" in mistyped.text) == (400, True)
    house.put("/v1/integrations/none/erp", {"code": "x"}, expect=404)
