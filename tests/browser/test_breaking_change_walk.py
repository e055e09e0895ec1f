"""An author and two stewards walk a breaking change from draft to retirement, each in a browser."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from running import Program
from screens import Screen, serving

SUBJECT = "ps.rate.settled"
FIRST = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Rate settled",
    "type": "object",
    "properties": {"rate": {"type": "number", "description": "What an hour costs"}},
}
BROKEN = {**FIRST, "required": ["rate"]}
PATIENCE_MS = 30_000


class Person(Screen):
    """Somebody with a key of their own, and a browser of their own."""

    def sign_in(self, token: str) -> None:
        page = self.open("/work")
        page.get_by_role("button", name="Sign in").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("API key").fill(token)
        dialog.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        self.settled()

    def look_at(self, version: str, tab: str) -> Locator:
        """Open a tab of a version; return its pane."""
        page = self.open(f"/contracts?subject={SUBJECT}&version={version}&tab={tab}")
        self.settled()
        return page.locator(".st-key-card_contract")

    def press(self, name: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name, exact=True).click()
        self.settled()

    def write(self, label: str, text: str, within: Locator) -> None:
        field = within.get_by_label(label, exact=True)
        field.fill(text)
        field.press("Control+Enter")
        self.settled()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A house where two stewards sign what matters; 1.0.0 is out, and the portal reads it."""
    program = Program(tmp_path_factory.mktemp("walk"), None)
    program.environment["CONTROLPLANE_REVIEW_QUORUM"] = "high=2"
    program.environment["CONTROLPLANE_NOTICE_DAYS"] = "critical=30"
    program.start()
    put(program, "/v1/teams/finance", {"name": "Finance"})
    about = {"subject": SUBJECT, "kind": "event", "format": "jsonschema", "owner": "finance"}
    program.post("/v1/contracts", {**about, "criticality": "high"}, expect=201)
    versions = f"/v1/contracts/{SUBJECT}/versions"
    program.post(versions, {"version": "1.0.0", "document": FIRST}, expect=201)
    program.post(f"{versions}/1.0.0/transitions", {"to": "published"})
    reader = {"versions": "^1.0", "contact": "portal@example.com"}
    put(program, f"/v1/contracts/{SUBJECT}/consumers/portal", reader)
    yield program
    program.stop()
    program.http.close()


def put(program: Program, path: str, body: dict[str, Any]) -> None:
    assert program.http.put(path, json=body).is_success


@pytest.fixture
def people(house: Program, browser: Browser) -> Iterator[dict[str, Person]]:
    """Ada writes; Ben and Cleo are stewards. Nothing may go wrong in any of their browsers."""
    log = house.data_dir / "app.log"
    with ExitStack() as stack:
        url = next(app := serving(house.url, log))
        stack.callback(app.close)
        found = {}
        for name, role in (("ada", "contributor"), ("ben", "steward"), ("cleo", "steward")):
            token = house.post("/v1/keys", {"name": name, "role": role}, expect=201)["token"]
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            stack.callback(context.close)
            found[name] = Person(timed(context.new_page()), url)
            found[name].sign_in(token)
        yield found
        assert {name: one.wrong for name, one in found.items() if one.wrong} == {}
    assert "Traceback" not in log.read_text()


def timed(page: Page) -> Page:
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    return page


def test_a_breaking_change_goes_out_by_review_and_waiver_and_the_former_version_is_retired(
    house: Program, people: dict[str, Person]
):
    ada, ben, cleo = people["ada"], people["ben"], people["cleo"]
    _ada_drafts_it_under_the_number_that_it_needs(ada)
    _ben_asks_who_would_be_hurt_and_signs(ben)
    _ada_asks_for_a_waiver(ada)
    _cleo_signs_and_is_told_what_stands_in_the_way(cleo)
    _cleo_grants_the_waiver_and_publishes(cleo)
    _ben_says_that_the_former_version_ends(ben)
    _the_portal_moves(ada)
    _ben_retires_it(ben)
    _the_ledger_tells_the_story(house)


def _ada_drafts_it_under_the_number_that_it_needs(ada: Person) -> None:
    pane = ada.look_at("1.0.0", "Changes")
    expect(pane.get_by_role("button", name="Deprecate")).to_be_disabled()
    ada.press("New version", pane)
    dialog = ada.page.get_by_role("dialog")
    expect(dialog.get_by_label("Document", exact=True)).to_have_value(re.compile("Rate settled"))
    ada.write("Document", json.dumps(BROKEN), dialog)
    dialog.get_by_label("Version").fill("1.1.0")
    dialog.get_by_label("Version").press("Enter")
    ada.settled()
    ada.press("Check", dialog)
    expect(dialog).to_contain_text("call it 2.0.0")
    ada.press("Call it 2.0.0", dialog)
    expect(dialog).to_contain_text(f"{SUBJECT} 2.0.0")
    ada.press("Draft it", dialog)
    ada.press("Submit for review", dialog)
    expect(pane).to_contain_text("2.0.0 · in review")


def _ben_asks_who_would_be_hurt_and_signs(ben: Person) -> None:
    page = ben.open("/work")
    page.locator(".st-key-card_yours a").filter(has_text=f"{SUBJECT} 2.0.0").click()
    pane = page.locator(".st-key-card_contract")
    expect(pane).to_contain_text("0 of 2 signatures")
    pane.get_by_role("combobox").last.click()
    page.get_by_role("option", name="/required").click()
    pane.get_by_placeholder("Say something of it").fill("Who sends none today?")
    ben.press("Comment", pane)
    expect(pane).to_contain_text("Who sends none today?")
    ben.press("Approve", pane)
    expect(pane).to_contain_text("1 of 2 signatures")
    expect(pane.get_by_role("button", name="Approve", exact=True)).to_have_count(0)


def _ada_asks_for_a_waiver(ada: Person) -> None:
    pane = ada.look_at("2.0.0", "Waivers")
    ada.press("Ask for a waiver", pane)
    dialog = ada.page.get_by_role("dialog")
    ada.write("Reason (kept in the audit trail)", "All send a rate since May", dialog)
    ada.press("Ask for it", dialog)
    expect(pane).to_contain_text("All send a rate since May")
    expect(pane.get_by_role("button", name="Grant")).to_have_count(0)


def _cleo_signs_and_is_told_what_stands_in_the_way(cleo: Person) -> None:
    pane = cleo.look_at("2.0.0", "Review")
    expect(pane).to_contain_text("Who sends none today?")
    cleo.press("Approve", pane)
    expect(pane).to_contain_text("2 of 2 signatures")
    cleo.press("Mark approved", pane)
    cleo.press("Publish", pane)
    expect(pane.get_by_role("alert")).to_contain_text("does not go with what is published")
    expect(pane.get_by_role("alert")).to_contain_text("1 breaking")


def _cleo_grants_the_waiver_and_publishes(cleo: Person) -> None:
    pane = cleo.page.locator(".st-key-card_contract")
    pane.get_by_role("tab", name="Waivers").click()
    cleo.press("Grant", pane)
    expect(pane).to_contain_text("Given by cleo")
    cleo.press("Publish", pane)
    expect(pane).to_contain_text("2.0.0 · published")
    expect(pane.get_by_role("alert")).to_have_count(0)


def _ben_says_that_the_former_version_ends(ben: Person) -> None:
    pane = ben.look_at("1.0.0", "Readers")
    ben.press("Deprecate", pane)
    dialog = ben.page.get_by_role("dialog")
    expect(dialog.get_by_label("What to read instead")).to_have_value("2.0.0")
    ben.press("Deprecate and tell", dialog)
    expect(pane).to_contain_text("used still by portal")
    ben.press("Retire", pane)
    expect(dialog).to_contain_text("Used still by portal.")
    ben.press("Retire for good", dialog)
    expect(dialog).to_contain_text("portal would be left without it")


def _the_portal_moves(ada: Person) -> None:
    pane = ada.look_at("1.0.0", "Readers")
    expect(pane).to_contain_text("Reads only this")
    pane.get_by_role("combobox").last.click()
    ada.page.get_by_role("option", name="portal").click()
    pane.get_by_label("Versions").fill("^2.0")
    ada.press("Declare", pane)
    expect(pane).to_contain_text("nobody uses it any more")


def _ben_retires_it(ben: Person) -> None:
    page = ben.open("/deprecations")
    row = page.locator(".st-key-card_deprecations a")
    expect(row).to_contain_text("Nobody")
    row.click()
    pane = page.locator(".st-key-card_contract")
    expect(pane).to_contain_text("nobody uses it any more")
    ben.settled()
    ben.press("Retire", pane)
    ben.press("Retire for good", page.get_by_role("dialog"))
    expect(pane).to_contain_text("1.0.0 · retired")


def _the_ledger_tells_the_story(house: Program) -> None:
    names = {f"key:{one['id']}": one["name"] for one in house.get("/v1/keys")["items"]}
    entries = house.get("/v1/audit", subject=SUBJECT, limit=100)["items"]
    told = [
        (names[one["actor"]], one["action"].rpartition(":")[2])
        for one in sorted(entries, key=lambda one: one["number"])
        if one["actor"] in names
    ]
    assert told == [
        *(("ada", "drafted"), ("ada", "in_review")),
        *(("ben", "remarked"), ("ben", "signed")),
        ("ada", "waiver-asked"),
        *(("cleo", "signed"), ("cleo", "approved"), ("cleo", "waived"), ("cleo", "published")),
        *(("ben", "deprecated"), ("ada", "declared"), ("ben", "retired")),
    ]
