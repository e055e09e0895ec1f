"""
kill -9 of server and worker while events stream in: nothing acknowledged is lost, nothing
happens twice, and a replay gives the state that stands.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from running import Program

BATCH = 200
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PROCESS = """
process: parcels
version: 1.0.0
title: Parcels
owner: logistics
activities:
  - {activity: sent, events: [parcel.step]}
  - {activity: received}
start: [sent]
end: [received]
"""
SLA = """
sla: sent-to-received
version: 1.0.0
title: A parcel arrives within a day
process: parcels
owner: logistics
from: [sent]
to: [received]
target: {hours: 24}
"""
SCHEMA = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}


def install(program: Program) -> None:
    program.http.put("/v1/teams/logistics", json={"name": "Logistics", "members": []})
    program.post(
        "/v1/contracts",
        {
            "subject": "parcel.step",
            "kind": "event",
            "format": "jsonschema",
            "domain": "logistics",
            "owner": "logistics",
            "system": "carrier",
            "classification": "internal",
            "compatibility": "backward",
            "criticality": "low",
        },
        expect=201,
    )
    program.post(
        "/v1/contracts/parcel.step/versions",
        {"version": "1.0.0", "document": SCHEMA},
        expect=201,
    )
    program.post("/v1/contracts/parcel.step/versions/1.0.0/transitions", {"to": "published"})
    program.put_yaml("/v1/processes/parcels", PROCESS)
    program.put_yaml("/v1/slas/sent-to-received", SLA)


def batch(number: int) -> list[dict[str, Any]]:
    """Return a hundred parcels, each sent and received."""
    return [
        {
            "specversion": "1.0",
            "type": "parcel.step.v1",
            "source": "urn:carrier",
            "id": f"{number}-{parcel}-{step}",
            "time": (START + timedelta(minutes=number, hours=step)).isoformat(),
            "bizprocess": "parcels",
            "bizcase": f"P-{number}-{parcel}",
            "bizactivity": ("sent", "received")[step],
            "sequence": str(step),
            "data": {},
        }
        for parcel in range(BATCH // 2)
        for step in (0, 1)
    ]


def post(program: Program, number: int) -> bool:
    """Return whether the batch was acknowledged."""
    try:
        answer = program.http.post(
            "/v1/events",
            content=httpx.Request("POST", program.url, json=batch(number)).read(),
            headers={"content-type": "application/cloudevents-batch+json"},
        )
    except httpx.TransportError:
        return False
    return answer.status_code == 202


@pytest.mark.parametrize(
    ("program", "kills"),
    [
        ("sqlite", 10),
        ("postgresql", 3),
        pytest.param("postgresql", 10, marks=pytest.mark.soak),
    ],
    indirect=["program"],
)
def test_kills_during_an_import_lose_nothing_and_repeat_nothing(program: Program, kills: int):
    install(program)
    acknowledged = 0
    number = 0
    for kill in range(kills):
        for _ in range(2 + kill % 3):
            assert post(program, number)
            acknowledged += 1
            number += 1
        program.kill()
        program.start()
        number -= 1  # the last batch is sent again, as a client that saw no answer would
        acknowledged -= 1
    assert post(program, number)
    acknowledged += 1
    program.settled()

    health = program.get("/v1/processes/parcels/health", window="all")
    assert health["cases"] == acknowledged * BATCH // 2
    assert health["events"] == acknowledged * BATCH
    assert [(one["clocks"], one["met"]) for one in health["slas"]] == [
        (acknowledged * BATCH // 2, acknowledged * BATCH // 2)
    ]
    assert "equal" in program.cli("replay", "--verify")
