"""Every decision about the sample firm explains itself as an accountant would."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Program, furnished_program

from controlplane.pack.shipped import shipped_folder

DAYS, SEED = 10, 38
INTERNAL = re.compile(r"[a-z0-9]_[a-z]|\bNone\b|[{}\[\]]|[!<>=]=|\b(true|false|null)\b")
ENUM = re.compile(r"[a-z]+-[a-z]+")
NAMED = re.compile(r"“[^”]*”|\S*(?:\d|[A-Z]{2})\S*")
"""What people have named, and ids."""
HYPHENATED = frozenset({"e-invoicing", "set-up", "cut-off", "closed-won", "write-off"})
MONEY = re.compile(r"(?<![\w.,-])\d[\d,]*\.\d\d(?![\d%])")
CURRENCY = re.compile(r"\b[A-Z]{3} -?\d[\d,]*\.\d\d")
STATES = {"fired", "quiet", "not_asked", "not_evaluated"}


@pytest.fixture(scope="module")
def program(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A firm two weeks old, with faults in it."""
    folder = tmp_path_factory.mktemp("explained")
    with furnished_program(furnished, folder / "data") as program:
        truth = ("--truth", str(folder / "truth.jsonl"), "--json")
        program.cli("simulate", "run", "--seed", str(SEED), "--days", str(DAYS), *truth)
        program.settled()
        yield program


@pytest.fixture(scope="module")
def decisions(program: Program) -> list[Any]:
    """All decisions about every case."""
    return list(_decisions(program))


def _decisions(program: Program) -> Iterator[Any]:
    cases, cursor = [], None
    while True:
        query = {"limit": 500, **({"cursor": cursor} if cursor else {})}
        page = program.get("/v1/processes/quote-to-cash/instances", **query)
        cases += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    for case in cases:
        listed = program.get(f"/v1/instances/{case['id']}/decisions", latest="false")["items"]
        for one in listed:
            yield program.get(f"/v1/decisions/{one['decision_id']}")


def sentences(decision: Any) -> Iterator[tuple[str, str]]:
    for rule in decision["rules"]:
        yield rule["rule"], rule["sentence"]
        for condition in rule["conditions"]:
            yield rule["rule"], condition["words"]


def test_every_decision_is_explained_by_the_facts_that_it_was_decided_on(decisions: list[Any]):
    assert {one["ruleset"] for one in decisions} == {
        folder.name for folder in (_pack() / "rules").iterdir() if folder.is_dir()
    }
    assert {rule["state"] for one in decisions for rule in one["rules"]} >= {"fired", "quiet"}
    assert [one["decision_id"] for one in decisions if one["facts"] is None] == []


def test_every_rule_asked_of_a_case_is_explained(decisions: list[Any]):
    for one in decisions:
        told = [rule["rule"] for rule in one["rules"]]
        assert set(told) >= {*one["evaluated"], *(each["rule"] for each in one["not_evaluated"])}
        assert {rule["state"] for rule in one["rules"]} <= STATES


def test_no_sentence_holds_a_name_of_the_program(decisions: list[Any]):
    found = {
        (rule, text)
        for one in decisions
        for rule, text in sentences(one)
        if INTERNAL.search(text) or set(ENUM.findall(NAMED.sub("", text))) - HYPHENATED
    }
    assert sorted(found)[:20] == []


def test_data_are_called_as_their_contracts_call_them(decisions: list[Any]):
    told = [text for one in decisions for _, text in sentences(one)]
    assert any(re.search(r"\bcap is [A-Z]{3} ", text) for text in told)
    assert any("ERP number" in text for text in told)
    assert [text for text in told if "not to exceed" in text] == []


def test_every_amount_has_its_currency(decisions: list[Any]):
    for one in decisions:
        for rule, text in sentences(one):
            bare = MONEY.sub("", CURRENCY.sub("", text))
            assert bare == CURRENCY.sub("", text), (rule, text)


def test_every_rule_names_the_thing_that_it_was_asked_of_or_that_is_missing(decisions: list[Any]):
    for one in decisions:
        ids = {fact["id"] for fact in one["facts"]}
        for rule in one["rules"]:
            named = any(id_ in rule["sentence"] for id_ in ids)
            lacking = re.match(r"There is no [a-z]|The promise “|Not asked: ", rule["sentence"])
            assert named or lacking or rule["state"] == "fired", rule["sentence"]


def test_every_datum_that_was_reported_leads_to_its_event(decisions: list[Any]):
    data = [
        (decision, datum)
        for decision in decisions
        for rule in decision["rules"]
        for condition in rule["conditions"]
        for datum in condition["data"]
    ]
    assert len(data) > 100
    for decision, datum in data:
        if datum["value"] is not None and "(" not in datum["field"] and not datum.get("counted"):
            source = decision["events"][datum["event"]]
            assert all(source[name] for name in ("source", "id", "title", "at")), datum


def test_the_command_line_tells_an_exception_as_an_accountant_would(program: Program):
    query = {"rule": "delivery-before-client-validated", "limit": 1}
    (broken,) = program.get("/v1/exceptions", **query)["items"]
    head, blank, first, *rest = program.cli("rules", "explain", broken["id"]).splitlines()
    assert head.startswith(f"{broken['id']} (open): Delivery has begun for a client that is not")
    assert blank == ""
    assert re.fullmatch(
        r"\W Project PRJ-\S+ is active; client C-\S+ is not validated\. [A-Z]{3} [\d,.]+ is "
        r"blocked\. Rule delivery-before-client-validated 1\.0\.0, owner Delivery\.",
        first,
    )
    activated = r" +Project PRJ-\S+: “Project activated” happened at \d+ \w+ \d{4} \d\d:\d\d UTC\."
    assert any(re.fullmatch(activated, line) for line in rest)
    assert any("event customer.changed:C-" in line and "/meridian/crm" in line for line in rest)
    assert any(re.search(r"trace [0-9a-f]{32} span [0-9a-f]{16}\)?$", line) for line in rest)


def test_a_case_of_which_little_is_known_explains_itself(program: Program):
    items = program.get("/v1/processes/quote-to-cash/instances", limit=500)["items"]
    poor = min(items, key=lambda one: (one["events"], one["case"]))
    text = program.cli("rules", "explain", poor["case"])
    assert text.startswith(f"Case {poor['case']}")
    assert "rules had nothing to ask about (--all shows each):" in text
    assert re.search(r"    There is no timesheet\. \(\d+ rules\)", text)
    whole = program.cli("rules", "explain", poor["case"], "--all")
    assert "had nothing to ask about (" not in whole
    assert len(whole.splitlines()) > len(text.splitlines())


def test_one_rule_or_rule_set_is_explained_and_a_wrong_name_is_told_the_nearest(program: Program):
    case = program.get("/v1/processes/quote-to-cash/instances", limit=1)["items"][0]["case"]
    found = json.loads(program.cli("rules", "explain", case, "--rule", "time-near-cap", "--json"))
    ((decision,), subject) = (found["decisions"], found["subject"])
    assert (subject, decision["ruleset"]) == (case, "billing-eligibility")
    assert {one["rule"] for one in decision["rules"]} == {"time-near-cap"}
    by_id = program.cli("rules", "explain", decision["decision_id"])
    assert by_id.startswith(f"Decision of billing-eligibility {decision['ruleset_version']}, ")
    for wrong, hint in (
        ((case, "--ruleset", "handof"), "There are handoff."),
        ((case, "--rule", "time-near-cup"), "There are time-near-cap"),
        ((case[:-1],), "Nearest are "),
        (("EX-0000000-0000000",), "exception"),
    ):
        assert hint in complaint(program, *wrong)


def test_what_rules_met_with_in_production_is_told(program: Program, decisions: list[Any]):
    found = program.get("/v1/rulesets/billing-eligibility/coverage", window="all")
    rules = {one["rule"]: one for one in found["rules"]}
    mine = [one for one in decisions if one["ruleset"] == "billing-eligibility"]
    fired = Counter(rule for one in mine for rule in {each["rule"] for each in one["firings"]})
    assert {name: one["fired"] for name, one in rules.items() if one["fired"]} == fired
    assert set(found["never_fired"]) == rules.keys() - fired.keys()
    assert {one["asked"] + one["not_asked"] for one in rules.values()} == {len(mine)}
    text = program.cli("rules", "coverage", "billing-eligibility@production")
    assert f"{len(found['never_fired'])} of {len(rules)} rules never fired" in text
    assert re.search(r"held \d+, failed \d+: t\.status == \"approved\"", text)


def complaint(program: Program, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "controlplane", "rules", "explain", *arguments],
        env=program.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr


def _pack() -> Path:
    pack = shipped_folder("professional-services")
    assert pack is not None
    return pack
