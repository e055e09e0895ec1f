"""Lint policies in force: what they find is told at once, and stops a version."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from house import House, opened
from projecting import installation
from typer.testing import CliRunner

from controlplane.cli.main import app

POLICY = """
policy: house
version: {version}
blocks: {blocks}
extends: [[controlplane:house, "off"]]
rules: {{money-is-exact: error}}
"""
PAID = '{"type": "object", "properties": {"amount": {"type": "number"}}}'
LATER = "2099-01-01T00:00:00Z"
JSON = {"content-type": "application/schema+json"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    databases = installation(tmp_path)
    with opened(databases, tmp_path / "house") as one:
        one.put("/v1/teams/finance", {"name": "Finance", "members": []}, expect=201)
        asked = {"kind": "event", "format": "jsonschema", "owner": "finance"}
        one.post("/v1/contracts", {"subject": "ps.paid", **asked}, expect=201)
        yield one
    databases.close()


def put(house: House, version: str = "1.0.0", blocks: str = "error", expect: int = 201) -> Any:
    text = POLICY.format(version=version, blocks=blocks)
    return house.put_document("/v1/lint-policies/house", text, expect=expect)


def sent(house: House, path: str, text: str) -> Any:
    return house.http.post(f"/v1/contracts/ps.paid/{path}", content=text, headers=JSON).json()


def publish(house: House, version: str, expect: int) -> Any:
    path = f"/v1/contracts/ps.paid/versions/{version}/transitions"
    return house.post(path, {"to": "published"}, expect=expect)


def test_a_policy_in_force_is_asked_at_check_and_draft_and_stops_what_it_blocks(house: House):
    put(house)
    new = house.http.post("/v1/check?format=jsonschema&subject=ps.new", content=PAID, headers=JSON)
    assert new.json()["findings"][0]["rule"] == "money-is-exact"
    checked = sent(house, "check", PAID)
    assert checked["verdict"] == "compatible"
    found = {one["id"]: one["level"] for one in checked["findings"]}
    assert found["lint:money-is-exact:/properties/amount/type"] == "error"
    drafted = sent(house, "versions", PAID)
    assert [one["rule"] for one in drafted["findings"] if one["level"] == "error"] == [
        "money-is-exact"
    ]
    refused = publish(house, "1.0.0", 409)
    assert refused["type"].endswith("house-rules")
    put(house, "2.0.0", "never")
    assert publish(house, "1.0.0", 200)["lifecycle"] == "published"


def test_a_version_passes_with_what_a_policy_blocks_when_a_waiver_excuses_it(house: House):
    put(house)
    sent(house, "versions", PAID)
    path = "/v1/contracts/ps.paid/versions/1.0.0"
    [stands] = house.get(f"{path}/review")["blocking"]
    waiving = {"owner": "finance", "reason": "the ledger rounds", "expires_at": LATER}
    asked = house.post(f"{path}/waivers", {**waiving, "findings": [stands["id"]]}, expect=201)
    assert asked["granted_by"] == "local"
    review = house.get(f"{path}/review")
    assert (review["blocking"], review["waived"]) == ([], [stands["id"]])
    house.post(f"{path}/waivers/{asked['id']}/withdraw", {})
    assert publish(house, "1.0.0", 409)["type"].endswith("house-rules")
    house.post(f"{path}/waivers", {**waiving, "findings": [stands["id"]]}, expect=201)
    assert publish(house, "1.0.0", 200)["lifecycle"] == "published"


def test_a_policy_is_simulated_over_every_contract_before_it_is_in_force(house: House):
    sent(house, "versions", PAID)
    text = POLICY.format(version="1.0.0", blocks="error")
    simulated = house.http.post("/v1/lint-policies/house/simulation", content=text).json()
    assert (simulated["contracts"], simulated["blocked"]) == (1, 1)
    assert simulated["rules"] == [
        {"rule": "money-is-exact", "level": "error", "contracts": 1, "findings": 1}
    ]
    assert publish(house, "1.0.0", 200)["lifecycle"] == "published"


def test_a_flaw_of_a_policy_is_refused_with_its_line(house: House):
    text = "policy: house\nversion: 1.0.0\nrules:\n  one: {given: $, then: {function: nope}}"
    refused = house.put_document("/v1/lint-policies/house", text, expect=422)
    assert refused["errors"][0]["line"] == 4
    assert "rule one: the function 'nope'" in refused["detail"]
    house.put_document(
        "/v1/lint-policies/other", POLICY.format(version="1.0.0", blocks="error"), expect=422
    )


def test_a_policy_that_is_retired_is_listed_no_more_and_stops_nobody(house: House):
    put(house)
    [listed] = house.get("/v1/lint-policies")["items"]
    assert (listed["policy"], listed["version"], listed["blocks"]) == ("house", "1.0.0", "error")
    assert listed["errors"] == listed["rules"] == 1
    retired = house.http.delete("/v1/lint-policies/house").json()
    assert (retired["name"], retired["active"]) == ("house", False)
    assert house.get("/v1/lint-policies")["items"] == []
    assert house.http.get("/v1/lint-policies/house").status_code == 404
    assert house.http.delete("/v1/lint-policies/house").status_code == 404
    sent(house, "versions", PAID)
    assert publish(house, "1.0.0", 200)["lifecycle"] == "published"


def test_the_gate_of_a_pipeline_fails_on_what_a_policy_blocks(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(
        "controlplane.cli.contract_checking.reaching", lambda *_: nullcontext(house.http)
    )
    path = tmp_path / "paid.schema.json"
    path.write_text(PAID)
    asked = ["contracts", "check", str(path), "--subject", "ps.paid"]
    assert CliRunner().invoke(app, asked).exit_code == 0
    put(house)
    held = CliRunner().invoke(app, asked)
    assert held.exit_code == 1
    assert "compatible, HELD BACK by a lint policy" in held.output
    assert "have a steward waive it" in held.output
    put(house, "2.0.0", "never")
    assert CliRunner().invoke(app, asked).exit_code == 0
