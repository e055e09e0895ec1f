"""The screens on the program itself: what a person sees and does is what the API says."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, expect
from running import Program, furnished_program
from screens import Screen, serving

from ui.display import count, percent
from ui.plain import plain
from ui.records import Kpi
from ui.views.kpis import value
from ui.views.month_end import months

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["engagement_id"],
    "properties": {"engagement_id": {"type": "string"}},
}


@pytest.fixture(scope="module")
def firm(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Three weeks of the sample firm, faults and all."""
    with furnished_program(furnished, tmp_path_factory.mktemp("firm") / "data") as program:
        truth = str(program.data_dir / "truth.jsonl")
        program.cli("simulate", "run", "--days", "21", "--seed", "3", "--truth", truth)
        program.settled()
        yield program


@pytest.fixture(scope="module")
def app(firm: Program) -> Iterator[str]:
    log = firm.data_dir / "app.log"
    yield from serving(firm.url, log)
    assert "Traceback" not in log.read_text()


@pytest.fixture
def seen(page: Page, app: str) -> Iterator[Screen]:
    page.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    watched = Screen(page, app)
    yield watched
    assert watched.wrong == []
    assert page.locator("[data-testid=stException]").count() == 0


def standing(firm: Program) -> dict[str, str]:
    """Return the exception that ranks first in the inbox."""
    page = firm.get("/v1/exceptions", status="open,acknowledged", limit=1)
    found: dict[str, str] = page["items"][0]
    return found


def test_the_figures_are_those_of_the_api(firm: Program, seen: Screen):
    page = seen.open("/")
    health = firm.get("/v1/processes/quote-to-cash/health", window="30d")
    figures = page.locator("button", has_text="SLA attainment")
    expect(figures).to_contain_text(percent(health["attainment"]))
    breached = page.locator("button", has_text="Breached now")
    expect(breached).to_contain_text(count(health["exceptions"]["breached"]))
    flow = page.locator(".st-key-card_flow")
    for stage in health["stages"]:
        expect(flow).to_contain_text(stage["title"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/exceptions", "/case", "/map", "/contracts"])
def test_no_screen_fails_on_the_firms_data(seen: Screen, path: str, scheme: str):
    seen.page.emulate_media(color_scheme=scheme)
    page = seen.open(path)
    seen.settled()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_the_inbox_counts_what_the_api_counts(firm: Program, seen: Screen):
    total = firm.get("/v1/exceptions", status="open,acknowledged", limit=1)["total"]
    page = seen.open("/exceptions")
    expect(page.get_by_text(f"{total:,} exceptions")).to_be_visible()
    seen.settled()
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    assert len(download.value.path().read_text().splitlines()) == total + 1


def test_an_exception_tells_why_and_is_acknowledged_by_hand(firm: Program, seen: Screen):
    first = firm.get("/v1/exceptions", status="open", limit=1)["items"][0]
    page = seen.open(f"/exceptions?exception={first['id']}")
    detail = page.locator(".st-key-card_detail")
    expect(detail).to_contain_text(plain(first["reason"]))
    expect(detail).to_contain_text(first["rule"])
    detail.get_by_role("button", name="Acknowledge").first.click()
    expect(page.get_by_text(f"{first['id']}: acknowledged")).to_be_visible()
    seen.settled()
    expect(detail.locator(".cp-chip").first).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
    after = firm.get(f"/v1/exceptions/{first['id']}")
    assert after["state"] == "acknowledged"
    assert after["history"][-1]["actor"] == "local"


def test_a_message_leads_to_its_exception(firm: Program, seen: Screen):
    known = standing(firm)["id"]
    answer = firm.http.get(f"/x/{known}", follow_redirects=False)
    assert answer.headers["location"].endswith(f"/exceptions?exception={known}")
    page = seen.open(f"/exceptions?exception={known}")
    expect(page.locator(".st-key-card_detail")).to_contain_text(known)


def test_the_case_behind_an_exception_is_one_click_away(firm: Program, seen: Screen):
    known = standing(firm)
    page = seen.open(f"/exceptions?exception={known['id']}")
    page.get_by_role("button", name="Open the case").click()
    page.wait_for_url(re.compile(f"/case.*instance={known['instance']}"))
    case = firm.get(f"/v1/instances/{known['instance']}")
    expect(page.get_by_role("heading", name=re.compile(re.escape(case["case"])))).to_be_visible()
    expect(page.locator(".st-key-card_walk svg.main-svg").first).to_be_visible()
    expect(page.locator(".st-key-card_exceptions")).to_contain_text(known["id"])


def test_a_case_is_found_by_its_key(firm: Program, seen: Screen):
    case = firm.get("/v1/processes/quote-to-cash/instances", limit=1)["items"][0]["case"]
    page = seen.open(f"/case?find={case}")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()


def test_a_contract_is_registered_and_published_by_hand(firm: Program, seen: Screen):
    page = seen.open("/contracts")
    page.get_by_role("button", name="Register a contract").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Subject").fill("ps.retainer.renewed")
    dialog.get_by_label("Owner").click()
    page.get_by_role("option", name="Finance operations").click()
    dialog.get_by_label("Document").fill(json.dumps(SCHEMA))
    dialog.get_by_label("Version").fill("1.0.0")
    dialog.get_by_label("Version").press("Enter")
    dialog.get_by_role("button", name="Check").click()
    dialog.get_by_role("button", name="Draft it").click()
    dialog.get_by_role("button", name="Publish").click()
    expect(page.locator(".st-key-card_contract")).to_contain_text("ps.retainer.renewed")
    [version] = firm.get("/v1/contracts/ps.retainer.renewed")["versions"]
    assert version["lifecycle"] == "published"
    artifact = firm.http.get("/v1/contracts/ps.retainer.renewed/versions/1.0.0/artifact")
    assert artifact.json() == SCHEMA


def test_a_contract_that_is_no_schema_is_refused_with_its_reason(seen: Screen):
    page = seen.open("/contracts")
    page.get_by_role("button", name="Register a contract").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Subject").fill("Not A Subject")
    dialog.get_by_label("Owner").click()
    page.get_by_role("option", name="Finance operations").click()
    dialog.get_by_label("Document").fill("{}")
    dialog.get_by_label("Document").press("Control+Enter")
    dialog.get_by_role("button", name="Check").click()
    dialog.get_by_role("button", name="Draft it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("/subject")


@pytest.mark.parametrize("width", [430])
def test_the_case_and_its_exception_read_on_a_phone(firm: Program, seen: Screen, width: int):
    known = standing(firm)
    seen.page.set_viewport_size({"width": width, "height": 932})
    for path in (f"/exceptions?exception={known['id']}", f"/case?instance={known['instance']}"):
        page = seen.open(path)
        seen.settled()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", ["/kpis", "/reconciliation", "/month-end", "/roi", "/corrections"])
def test_no_board_fails_on_the_firms_data(seen: Screen, path: str):
    page = seen.open(path)
    seen.settled()
    expect(page.get_by_test_id("stAlertContentError")).to_have_text([])


def test_an_objective_leads_to_its_budget_and_to_the_cases_that_broke_it(
    firm: Program, seen: Screen
):
    health = firm.get("/v1/processes/quote-to-cash/health", window="30d")
    worst = max(health["slas"], key=lambda one: one["late"] + one["absent"])
    page = seen.open(f"/slas?process=quote-to-cash&sla={worst['sla']}")
    pane = page.locator(".st-key-card_objective")
    expect(pane).to_contain_text(worst["title"])
    expect(pane).to_contain_text(percent(worst["attainment"]))
    expect(pane).to_contain_text("Error budget · 95% must be kept", ignore_case=True)
    expect(pane.get_by_test_id("stDataFrame")).to_have_count(2)


def test_kpis_are_those_of_the_api_and_of_one_practice_alone(firm: Program, seen: Screen):
    [practice, *_] = firm.get("/v1/kpis/invoiced", by="practice")["groups"]
    alone = f"practice={practice['of']}"
    for within, address in (({}, ""), ({"within": alone}, f"&{alone}")):
        page = seen.open(f"/kpis?topic=billing{address}")
        for name in ("invoiced", "billing-latency", "unbilled-approved-time"):
            told = msgspec.convert(firm.get(f"/v1/kpis/{name}", **within), Kpi, strict=False)
            assert told.value is not None
            tile = page.get_by_role("button", name=re.compile(f"^{told.title}: "))
            expect(tile).to_contain_text(value(told, told.value))


def test_a_reconciliation_is_run_by_hand(firm: Program, seen: Screen):
    page = seen.open("/reconciliation?reconciliation=invoices-to-projects")
    card = page.locator(".st-key-card_reconciliation")
    card.get_by_role("button", name="Run now").click()
    expect(card.get_by_text(re.compile(r"Run .* by "))).to_be_visible()
    run = firm.get("/v1/reconciliations/invoices-to-projects/runs/latest")
    expect(card).to_contain_text(f"{run['broken']:,} break")


def test_a_month_is_signed_off_by_hand_and_says_what_became_of_it(firm: Program, seen: Screen):
    page = seen.open("/month-end?entity=meridian-uk")
    page.get_by_label("Comment").fill("Agreed with the controller")
    page.get_by_label("Comment").press("Tab")
    seen.settled()
    page.get_by_role("button", name="Sign off").click()
    card = page.locator(".st-key-card_sign_off")
    expect(card).to_contain_text("open at sign-off")
    expect(card).to_contain_text("Agreed with the controller")
    period = next(iter(months(datetime.now(UTC))))
    found = firm.get("/v1/month-end", entity="meridian-uk", period=period)
    expect(card).to_contain_text(f"Of {found['signed']['outcome']['open']:,} open at sign-off")


def test_before_and_after_draw_what_the_api_compares(firm: Program, seen: Screen):
    split = (datetime.now(UTC) - timedelta(days=8)).date().isoformat()
    page = seen.open(f"/roi?split={split}&days=7+d")
    items = firm.get("/v1/roi", split=split, days=7)["items"]
    drawn = [one["title"] for one in items if one["better_by"] is not None]
    assert drawn
    for title in drawn:
        expect(page.locator(".st-key-card_gain svg").first).to_contain_text(title)


def test_a_running_promise_says_its_chance_and_its_sample_or_that_nobody_knows(
    firm: Program, seen: Screen
):
    cases = firm.get("/v1/processes/quote-to-cash/instances", state="running", limit=40)["items"]
    told = next(
        found
        for one in cases
        if (found := firm.get(f"/v1/instances/{one['id']}/forecast"))["items"]
    )
    page = seen.open(f"/case?instance={told['instance']}")
    card = page.locator(".st-key-card_running")
    forecast = told["items"][0]["forecast"]
    basis = f"from {forecast['sample']:,} alike" if forecast else "too few alike to say"
    expect(card).to_contain_text(basis)


def test_the_process_map_draws_what_was_seen(firm: Program, seen: Screen):
    page = seen.open("/map?process=quote-to-cash")
    told = firm.get("/v1/processes/quote-to-cash/picture")["picture"]
    expect(page.locator("[data-testid=stGraphVizChart] svg")).to_contain_text(
        count(told["activities"][0]["events"])
    )
    page.get_by_role("radio", name="Waiting").or_(
        page.get_by_text("Waiting", exact=True)
    ).first.click()
    expect(page.get_by_text("Where work waits")).to_be_visible()
    page.wait_for_url(re.compile("show=Waiting"))
