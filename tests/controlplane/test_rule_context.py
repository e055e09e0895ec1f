"""Rules are told which day it is and which calendar counts, at the gate and by the worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, opened
from timework import RULESET, approved, furnish

from controlplane.database import Databases

NEXT = "/v1/rulesets/time-billing/versions/2.0.0"


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one)
        yield one


def put_in_force(house: House, until: str) -> None:
    text = RULESET.replace("version: 1.0.0", "version: 2.0.0")
    text = text.replace("    when:", f"    effective: {{until: {until}}}\n    when:", 1)
    house.put_document(NEXT, text)
    house.post(f"{NEXT}/transitions", {"to": "active"})


@pytest.mark.parametrize(
    ("until", "outcome", "told"), [("2999-12-31", "blocked", []), ("2001-12-31", "clear", [False])]
)
def test_a_rule_is_asked_on_its_days_at_the_gate_and_by_the_worker(
    house: House, until: str, outcome: str, told: list[bool]
):
    put_in_force(house, until)
    house.send(approved("1", "E-1"))
    answer = house.post("/v1/decisions/time-billing", {"case": "E-1"})
    assert answer["outcome"] == outcome
    (instance,) = house.get("/v1/processes/time-to-invoice/instances", case="E-1")["items"]
    decisions = house.get(f"/v1/instances/{instance['id']}/decisions")["items"]
    assert decisions[0]["outcome"] == outcome
    assert [one.get("applies", True) for one in answer["not_fired"]] == told
