"""What a person does over HTTP, in order, on both databases."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, opened
from timework import ROUTING, RULESET, SCHEMA, SUBJECT, approved, furnish

from controlplane.database import Databases

CASE = "E-1"
WHEN = {"as_of": "2026-03-05T12:00:00Z"}


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one)
        yield one


@pytest.fixture
def broken(house: House) -> str:
    """The exception that one approved timesheet without a rate opens."""
    house.send(approved("1", CASE))
    (one,) = house.get("/v1/exceptions")["items"]
    return str(one["id"])


def test_an_approved_timesheet_becomes_a_case_with_a_clock_and_an_exception(house: House):
    house.send(approved("1", CASE))
    (listed,) = house.get("/v1/processes/time-to-invoice/instances", case=CASE)["items"]
    case = house.get(f"/v1/instances/{listed['id']}", **WHEN)
    assert listed["stage_title"] == "Approve"
    assert (case["case"], case["stage_title"], case["state"]) == (CASE, "Approve", "running")
    assert case["money"] == {"worked": [{"amount": "800.00", "currency": "EUR"}]}
    (clock,) = case["clocks"]
    assert (clock["sla"], clock["state"], clock["promised"]) == (
        "time-invoiced",
        "absent",
        "2 business days",
    )
    assert clock["due_at"] == "2026-03-04T16:00:00Z"
    assert clock["used_percent"] > 100
    (broken,) = case["exceptions"]
    assert broken["reason"] == "Timesheet TS-1 has no rate."


def test_the_timeline_tells_events_clocks_decisions_and_exceptions_in_order(
    house: House, broken: str
):
    house.post(f"/v1/exceptions/{broken}/acknowledge", {"note": "on it"})
    instance = house.get(f"/v1/exceptions/{broken}")["instance"]
    items = house.get(f"/v1/instances/{instance}/timeline", **WHEN)["items"]
    assert [one["at"] for one in items] == sorted(one["at"] for one in items)
    told = {(one["kind"], one.get("state")) for one in items}
    assert {("event", None), ("clock", "started"), ("clock", "breached")} <= told
    assert ("decision", "blocked") in told
    assert {state for kind, state in told if kind == "exception"} == {"opened", "acknowledged"}


def test_the_timeline_is_read_page_by_page(house: House, broken: str):
    path = f"/v1/instances/{house.get(f'/v1/exceptions/{broken}')['instance']}/timeline"
    whole = house.get(path, **WHEN)["items"]
    first = house.get(path, limit=2, **WHEN)
    rest = house.get(path, cursor=first["next_cursor"], **WHEN)
    assert first["items"] + rest["items"] == whole
    assert rest["next_cursor"] is None


def test_a_decision_says_why_and_is_found_by_its_id(house: House, broken: str):
    instance = house.get(f"/v1/exceptions/{broken}")["instance"]
    (decision,) = house.get(f"/v1/instances/{instance}/decisions")["items"]
    assert decision["firings"][0]["rule"] == "time-without-rate"
    found = house.get(f"/v1/decisions/{decision['decision_id']}")
    assert {name: found[name] for name in decision} == decision
    assert len(house.get(f"/v1/instances/{instance}/decisions", latest="false")["items"]) >= 1


def test_health_lays_what_exceptions_hold_up_beside_what_was_measured(house: House, broken: str):
    health = house.get("/v1/processes/time-to-invoice/health", window="all")
    assert health["cases"] == 1
    assert health["money_at_risk"] == [{"amount": "800.00", "currency": "EUR"}]
    assert health["money"]["blocked"] == health["money_at_risk"]
    assert health["exceptions"]["open"] == 1
    assert health["exceptions"]["by_stage_rule"][0]["stage"] == "approve"
    assert [one["id"] for one in health["exceptions"]["first"]] == [broken]
    assert [one["absent"] for one in health["slas"]] == [1]


def test_what_is_done_to_an_exception_is_answered_with_the_exception(house: House, broken: str):
    path = f"/v1/exceptions/{broken}"
    answer = house.post(
        f"{path}/acknowledge", {"promised_at": "2999-03-09T12:00:00Z", "note": "rate is coming"}
    )
    assert (answer["state"], answer["promised_at"]) == ("acknowledged", "2999-03-09T12:00:00Z")
    assert house.post(f"{path}/assign", {"assignee": "c.moreau"})["assignee"] == "c.moreau"
    assert house.post(f"{path}/assign", {})["assignee"] is None
    house.post(f"{path}/comment", {"note": "asked the client"})
    waived = house.post(
        f"{path}/waive", {"until": "2027-01-01T00:00:00Z", "reason": "small amount"}
    )
    assert waived["state"] == "waived"
    actions = [line["action"] for line in house.get(path)["history"]]
    assert actions[0] == "opened"
    assert {"acknowledged", "assigned", "commented", "waived"} <= set(actions)


def test_an_exception_closed_by_hand_stays_in_the_history(house: House, broken: str):
    house.post(f"/v1/exceptions/{broken}/resolve", {"reason": "billed by hand"})
    assert house.get("/v1/exceptions", status="open")["total"] == 0
    (resolved,) = house.get("/v1/exceptions", status="all")["items"]
    assert resolved["resolution"] == "billed by hand"


def test_the_inbox_is_filtered_counted_and_downloaded(house: House):
    house.send(*(approved(str(n), f"E-{n}") for n in range(5)))
    page = house.get("/v1/exceptions", limit=2, severity="high,critical", owner="delivery,finance")
    assert (page["total"], len(page["items"])) == (5, 2)
    assert page["money"]["blocked"] == [{"amount": "4000.00", "currency": "EUR"}]
    rest = house.get("/v1/exceptions", limit=3, cursor=page["next_cursor"])
    assert len({one["id"] for one in page["items"] + rest["items"]}) == 5
    assert house.get("/v1/exceptions", min_amount="800.01")["total"] == 0
    assert house.get("/v1/exceptions", assignee="nobody")["items"] == []
    text = house.http.get("/v1/exceptions", headers={"accept": "text/csv"})
    assert text.headers["content-type"].startswith("text/csv")
    assert len(text.text.splitlines()) == 6


def test_the_smallest_amount_is_told_without_an_exponent(house: House):
    tiny = {"amount": "0.00000000000001", "currency": "EUR"}
    house.send(approved("1", CASE, amount=tiny))
    answer = house.http.get("/v1/exceptions", params=WHEN)
    (one,) = answer.json()["items"]
    assert one["money"]["blocked"] == tiny
    for path in ("/v1/exceptions", f"/v1/exceptions/{one['id']}",
                 f"/v1/instances/{one['instance']}", f"/v1/instances/{one['instance']}/timeline?",
                 f"/v1/instances/{one['instance']}/decisions?",
                 "/v1/processes/time-to-invoice/health"):  # fmt: skip
        told = house.http.get(path, params=None if path.endswith("?") else WHEN)
        assert told.status_code == 200
        assert "E-14" not in told.text
    table = house.http.get("/v1/exceptions", headers={"accept": "text/csv"}).text
    assert "0.00000000000001" in table


def test_a_contract_is_listed_read_and_given_back_byte_for_byte(house: House):
    (listed,) = house.get("/v1/contracts", q="approved")["items"]
    assert (listed["version"], listed["status"], listed["consumer_count"]) == (
        "1.0.0",
        "published",
        0,
    )
    house.put(
        f"/v1/contracts/{SUBJECT}/consumers/erp", {"versions": "^1.0", "contact": "erp@x.test"}
    )
    one = house.get(f"/v1/contracts/{SUBJECT}")
    assert [consumer["system"] for consumer in one["consumers"]] == ["erp"]
    assert [version["lifecycle"] for version in one["versions"]] == ["published"]
    artifact = house.http.get(f"/v1/contracts/{SUBJECT}/versions/1.0.0/artifact")
    assert artifact.content == json.dumps(SCHEMA).encode()
    assert artifact.headers["etag"].strip('"') == one["versions"][0]["digest"]
    assert house.get(f"/v1/contracts/{SUBJECT}/versions/1.0.0")["size_bytes"] == len(
        artifact.content
    )


def test_a_raw_artifact_is_drafted_under_its_own_media_type(house: House):
    body = json.dumps({**SCHEMA, "description": "second"}, indent=2).encode()
    answer = house.http.post(
        f"/v1/contracts/{SUBJECT}/versions",
        content=body,
        params={"version": "1.1.0"},
        headers={"content-type": "application/schema+json"},
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["lifecycle"] == "draft"
    artifact = house.http.get(f"/v1/contracts/{SUBJECT}/versions/1.1.0/artifact")
    assert (artifact.content, artifact.headers["content-type"]) == (body, "application/schema+json")
    page = house.get("/v1/contracts", limit=1)
    assert page["items"][0]["status"] == "published"
    assert page["next_cursor"] is None


def test_everything_that_was_changed_stands_in_a_ledger_that_holds(house: House):
    entries = house.get("/v1/audit", action="contract", limit=2)
    assert {one["subject"] for one in entries["items"]} == {SUBJECT}
    assert entries["items"][0]["actor"] == "local"
    assert house.get("/v1/audit", cursor=entries["next_cursor"], limit=500)["items"]
    verified = house.post("/v1/audit/verify", {})
    assert verified["holds"] is True
    assert verified["entries"] == house.get("/v1/audit")["items"][0]["number"]


def test_documents_are_read_as_they_were_written(house: House):
    answer = house.http.get("/v1/routing", headers={"accept": "application/yaml"})
    assert answer.text == ROUTING
    assert house.get("/v1/routing")["body"] == ROUTING
    for path, name in (
        ("/v1/processes/time-to-invoice", "time-to-invoice"),
        ("/v1/slas/time-invoiced", "time-invoiced"),
        ("/v1/calendars/office", "office"),
    ):
        assert house.get(path)["name"] == name
    (process,) = house.get("/v1/processes")["items"]
    assert process["process"] == "time-to-invoice"
    assert {"stage": "approve", "title": "Approve"} in process["stages"]
    assert [one["promised"] for one in house.get("/v1/slas")["items"]] == ["2 business days"]
    assert [one["zone"] for one in house.get("/v1/calendars")["items"]] == ["Europe/Amsterdam"]
    (ruleset,) = house.get("/v1/rulesets", process="time-to-invoice")["items"]
    assert [one["rule"] for one in ruleset["rules"]] == ["time-without-rate"]


def test_the_tester_says_who_would_hear_and_why(house: House, broken: str):
    tested = house.post("/v1/routing/test", {"exception": broken})
    assert [one["receiver"] for one in tested["receivers"]] == ["delivery-mail"]
    assert tested["labels"]["stage"] == "approve"
    other = house.post("/v1/routing/test", {"labels": {"stage": "bill"}})
    assert [one["receiver"] for one in other["receivers"]] == ["finance-mail"]


def test_a_route_to_the_owner_leads_to_the_receivers_of_the_team(house: House):
    owned = ROUTING.replace("1.0.0", "1.1.0").replace(
        "receiver: delivery-mail}", "receiver: owner}"
    )
    house.put_document("/v1/routing", owned)
    house.send(approved("1", "E-0"))  # the worker knows the teams of before
    mail = {"receiver": "mail", "email": {"to": ["pmo@example.test"]}}
    team = house.http.get("/v1/teams/delivery")
    house.put(
        "/v1/teams/delivery",
        {"name": "Delivery", "receivers": [mail]},
        **{"if-match": team.headers["etag"]},
    )
    labels = {"labels": {"owner": "delivery", "stage": "approve"}}
    [heard] = house.post("/v1/routing/test", labels)["receivers"]
    assert heard["receiver"] == "delivery/mail"
    house.send(approved("2", CASE))
    told = {one["receiver"] for one in house.get("/v1/deliveries")["items"]}
    assert "delivery/mail" in told


def test_a_message_waits_in_the_outbox_with_its_attempts(house: House, broken: str):
    (message,) = house.get("/v1/deliveries", status="waiting")["items"]
    assert (message["receiver"], message["channel"]) == ("delivery-mail", "email")
    detail = house.get(f"/v1/deliveries/{message['id']}")
    assert detail["answers"] == []
    refused = house.http.post(f"/v1/deliveries/{message['id']}/retry")
    assert refused.status_code == 409
    assert broken


def test_an_alias_claims_the_events_that_waited_for_their_case(house: House):
    house.send(approved("1", CASE))
    house.send(
        {
            "specversion": "1.0",
            "id": "9",
            "source": "/erp",
            "type": SUBJECT,
            "time": "2026-03-03T09:00:00Z",
            "bizprocess": "time-to-invoice",
            "subject": "ERP-77",
            "data": approved("9", CASE)["data"],
        }
    )
    joined = house.put(
        "/v1/aliases", {"process": "time-to-invoice", "case": CASE, "aliases": ["ERP-77"]}
    )
    found = house.get("/v1/processes/time-to-invoice/instances", case="ERP-77")
    assert [one["id"] for one in found["items"]] == [joined["instance"]]
    assert house.get("/v1/uncorrelated")["items"] == []


def test_an_alias_in_a_process_that_nobody_knows_is_refused(house: House):
    body = {"process": "tme-to-invoice", "case": CASE, "aliases": ["ERP-77"]}
    refused = house.put("/v1/aliases", body, expect=422)
    assert refused["errors"][0]["pointer"] == "/process"
    assert "tme-to-invoice" in refused["detail"]


def test_the_permalink_leads_to_the_exception_in_the_app(house: House, broken: str):
    answer = house.http.get(f"/x/{broken}", follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"] == f"http://127.0.0.1:8501/exceptions?exception={broken}"


def test_flow_variants_and_departures_are_told_of_a_process(house: House):
    house.send(approved("1", CASE), approved("2", CASE))
    path = "/v1/processes/time-to-invoice"
    assert house.get(f"{path}/flow")["nodes"] == [{"activity": "timesheet-approved", "events": 2}]
    assert house.get(f"{path}/variants")["total"] == 1
    assert house.get(f"{path}/departures")["rework"] == {"cases": 1, "repeated_events": 1}
    assert [one["version"] for one in house.get(f"{path}/versions")["items"]] == ["1.0.0"]


def test_health_of_an_empty_process_is_empty_and_not_an_error(house: House):
    health = house.get("/v1/processes/time-to-invoice/health", window="all")
    assert (health["cases"], health["attainment"]) == (0, None)
    assert health["exceptions"]["first"] == []


def test_a_span_mapping_is_registered_and_read_back(house: House):
    text = """\
mapping: legacy
version: 1.0.0
title: Legacy billing
process: time-to-invoice
rules:
  - {service: billing, span: "POST /invoices", activity: invoice-issued, case: engagement.id}
"""
    house.put_document("/v1/mappings/legacy", text)
    (one,) = house.get("/v1/mappings")["items"]
    assert one["rules"][0]["activity"] == "invoice-issued"
    assert house.get("/v1/mappings/legacy")["body"] == text


def test_a_new_version_of_a_rule_set_waits_until_a_steward_puts_it_in_force(house: House):
    newer = RULESET.replace("version: 1.0.0\ntitle: May", "version: 1.1.0\ntitle: May")
    path = "/v1/rulesets/time-billing/versions/1.1.0"
    assert house.put_document(path, newer)["state"] == "draft"
    assert house.get("/v1/rulesets")["items"][0]["version"] == "1.0.0"
    assert house.post(f"{path}/transitions", {"to": "active"})["state"] == "active"
    assert house.get("/v1/rulesets")["items"][0]["version"] == "1.1.0"
    versions = house.get("/v1/rulesets/time-billing/versions")["items"]
    assert [(one["version"], one["active"]) for one in versions] == [
        ("1.1.0", True),
        ("1.0.0", False),
    ]
    assert house.get(path)["body"] == newer


def test_what_a_traced_event_carried_is_on_the_case(house: House):
    traced = {
        **approved("1", CASE),
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    }
    house.send(traced, approved("2", CASE))
    (case,) = house.get("/v1/processes/time-to-invoice/instances")["items"]
    (span,) = house.get(f"/v1/instances/{case['id']}/trace")["items"]
    assert (span["trace_id"], span["span_id"]) == (
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "00f067aa0ba902b7",
    )


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(house: House):
    house.send(approved("1", "=cmd|calc"))
    text = house.http.get("/v1/exceptions", headers={"accept": "text/csv"}).text
    assert ",'=cmd|calc," in text
