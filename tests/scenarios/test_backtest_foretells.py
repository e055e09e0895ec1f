"""A rule of the shipped pack is changed: what the backtest foretells is what then happens."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from running import Program

from controlplane.pack.ruleset import find
from controlplane.pack.shipped import shipped_folder
from controlplane.simulator.faults import FAULTS
from controlplane.simulator.history import backfill
from controlplane.simulator.truth import Head

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
UNTIL = datetime(2026, 2, 19, 7, tzinfo=UTC)
HELD = ("client-on-credit-hold",) * 20
STANDING = ("open", "acknowledged")
RULESET = "/v1/rulesets/billing-eligibility"
SOONER = (
    ("e.not_to_exceed * 95", "e.not_to_exceed * 50"),
    ("  occurrence: e\n", "  occurrence: e\n  money: {exposure: c.money_worked}\n"),
    ('money_worked: {amount: "47499.99"', 'money_worked: {amount: "24999.99"'),
)
DEARER = (
    (
        '[t.status == "approved", t.billable, missing(t.invoice_issued_at)]',
        """[t.status == "approved", t.billable, missing(t.invoice_issued_at),
           't.amount >= money("9000.00", "EUR") or t.amount >= money("9000.00", "GBP")']""",
    ),
    ('amount: {amount: "', 'amount: {amount: "99'),
)


def candidate() -> str:
    """Return the rules of billing: caps are told of sooner, and a hold stops no small amounts."""
    folder = shipped_folder("professional-services")
    assert folder is not None
    (document,) = find(folder / "rules" / "billing-eligibility").documents
    text = document.text.replace("version: 1.", "version: 9.")
    return changed(changed(text, "time-near-cap", SOONER), "client-on-credit-hold", DEARER)


def changed(text: str, rule: str, changes: tuple[tuple[str, str], ...]) -> str:
    head, named, rest = text.partition(f"rule: {rule}\n")
    body, following, tail = rest.partition("rule: ")
    for old, new in changes:
        assert old in body, old
        body = body.replace(old, new)
    return f"{head}{named}{body}{following}{tail}"


def standing(program: Program) -> dict[str, Any]:
    found: dict[str, Any] = {}
    cursor: str | None = None
    while True:
        page = program.get("/v1/exceptions", limit=500, **({"cursor": cursor} if cursor else {}))
        found |= {one["id"]: one for one in page["items"] if one["state"] in STANDING}
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def money(program: Program, as_of: str) -> Any:
    """Return what is at risk at *as_of*: what waiting costs grows while the test runs."""
    return plain(program.get("/v1/exceptions", limit=1, as_of=as_of)["money"])


def plain(money: Any) -> dict[str, dict[str, float]]:
    """Return the amounts by figure and currency, to the cent."""
    return {
        figure: {one["currency"]: round(float(one["amount"]), 2) for one in sums}
        for figure, sums in money.items()
    }


@pytest.mark.parametrize(
    "program", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True
)
def test_what_is_foretold_of_a_firms_quarter_then_happens(program: Program, tmp_path: Path):
    program.cli("pack", "install", "professional-services")
    head = Head(seed=7, start=START, until=UNTIL, faults=(*FAULTS, *HELD))
    backfill(program.http, head, tmp_path / "truth.jsonl")
    program.settled()
    before = standing(program)
    file = tmp_path / "billing-eligibility.yaml"
    file.write_text(candidate())
    found = json.loads(program.cli("rules", "backtest", str(file), "--json"))
    assert found["status"] == "done"
    foretold = found["result"]["standing"]
    assert foretold["opened"] > 0
    assert foretold["closed"] > 0
    assert foretold["money"]["after"] != foretold["money"]["before"]
    assert plain(foretold["money"]["before"]) == money(program, found["as_of"])
    assert standing(program).keys() == before.keys()
    read = program.cli("rules", "backtest", found["id"])
    assert f"{foretold['opened']} open, {foretold['closed']} close" in read

    version = found["version"]
    program.put_yaml(f"{RULESET}/versions/{version}", file.read_text())
    program.post(f"{RULESET}/versions/{version}/transitions", {"to": "active"})
    program.post("/v1/sweeps", {}, expect=202)
    program.settled()
    after = standing(program)
    assert len(after.keys() - before.keys()) == foretold["opened"]
    assert len(before.keys() - after.keys()) == foretold["closed"]
    assert plain(foretold["money"]["after"]) == money(program, found["as_of"])
    named = {one["exception"] for one in found["result"]["samples"] if one["kind"] == "opened"}
    assert named
    assert named <= after.keys() - before.keys()
