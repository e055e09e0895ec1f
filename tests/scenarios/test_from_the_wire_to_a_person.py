"""
One event travels from the wire to a person: event → instance → clock → rule → exception →
acknowledge → kill -9 → a replay gives the same.
"""

from datetime import UTC, datetime, timedelta

from running import Program
from small_billing import event, install


def test_one_event_travels_from_the_wire_to_a_person_and_survives_a_crash(program: Program):
    install(program)
    long_ago = datetime.now(UTC) - timedelta(days=20)
    euros = {"amount": "1250.00", "currency": "EUR"}
    sent = program.send(
        [
            event(
                "sb.engagement.signed",
                "1",
                long_ago,
                {"engagement_id": "E-1", "value": {"amount": "9000", "currency": "EUR"}},
            ),
            event(
                "sb.time.approved",
                "2",
                long_ago + timedelta(hours=1),
                {"engagement_id": "E-1", "timesheet_id": "T-1", "amount": euros},
            ),
        ]
    )
    assert sent == {"accepted": 2, "duplicates": 0, "quarantined": []}

    instance = program.get("/v1/processes/small-billing/instances", case="E-1")["items"][0]
    assert instance["stage"] == "time"
    case = program.get(f"/v1/instances/{instance['id']}")
    assert case["clocks"][0]["state"] == "absent"

    standing = program.get("/v1/exceptions", process="small-billing")["items"]
    assert {one["rule"] for one in standing} == {"no-purchase-order", "invoice-late"}
    late = next(one for one in standing if one["rule"] == "invoice-late")
    assert late["money"]["blocked"] == euros
    assert late["process_sla"]["sla"] == "time-to-invoice"
    assert late["handling_sla"]["due_at"]

    program.post(f"/v1/exceptions/{late['id']}/acknowledge", {"note": "I am on it"})
    assert program.get(f"/v1/exceptions/{late['id']}")["state"] == "acknowledged"

    program.kill()
    program.start()
    assert program.get(f"/v1/exceptions/{late['id']}")["state"] == "acknowledged"
    assert "equal" in program.cli("replay", "--verify")

    paid = program.send(
        [
            event(
                "sb.engagement.signed",
                "3",
                long_ago + timedelta(days=1),
                {
                    "engagement_id": "E-1",
                    "po_number": "PO-7",
                    "value": {"amount": "9000", "currency": "EUR"},
                },
            )
        ]
    )
    assert paid["accepted"] == 1
    still = program.get("/v1/exceptions", process="small-billing", status="open,acknowledged")
    assert [one["rule"] for one in still["items"]] == ["invoice-late"]
    assert "equal" in program.cli("replay", "--verify")


def test_the_same_event_twice_has_one_effect(program: Program):
    install(program)
    one = event(
        "sb.time.approved",
        "7",
        datetime(2026, 3, 2, 10, tzinfo=UTC),
        {
            "engagement_id": "E-9",
            "timesheet_id": "T-9",
            "amount": {"amount": "5", "currency": "EUR"},
        },
    )
    assert program.send([one])["accepted"] == 1
    assert program.send([one]) == {"accepted": 0, "duplicates": 1, "quarantined": []}
    instances = program.get("/v1/processes/small-billing/instances")["items"]
    assert [found["events"] for found in instances] == [1]
