"""The screens on recorded answers: what is shown, what the address holds, what is sent."""

import re

import pytest
from playwright.sync_api import expect
from recorded_api import Records
from screens import Screen

BARE = "rgba(0, 0, 0, 0)"


def test_health_shows_the_figures_of_the_api(screen: Screen):
    page = screen.open("/")
    expect(page.get_by_role("button", name=re.compile("SLA attainment: 91.5%"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Budget burn: 1.7"))).to_be_visible()
    expect(page.locator(".st-key-card_flow svg").first).to_be_visible()
    expect(page.get_by_text("Needs a decision first")).to_be_visible()


def test_what_may_break_within_a_day_stands_with_its_sample(screen: Screen):
    page = screen.open("/")
    card = page.locator(".st-key-card_foretold")
    expect(card).to_contain_text("9 with enough history, 1.3 of them likely to break")
    expect(card).to_contain_text("72%")
    expect(card).to_contain_text("from 214 alike by promise and step")
    expect(card).not_to_contain_text("not known")
    card.get_by_text("TS-0").click()
    page.wait_for_url(re.compile("/case"))
    running = page.locator(".st-key-card_running")
    expect(running).to_contain_text("too few alike to say")


def test_the_window_stands_in_the_address(screen: Screen):
    page = screen.open("/")
    page.get_by_role("radio", name="90 d").or_(page.get_by_text("90 d", exact=True)).first.click()
    page.wait_for_url(re.compile("window="))
    page.reload()
    page.wait_for_selector("h1.cp")
    assert "window=" in page.url


def test_figures_of_a_part_of_what_was_sent_say_so(screen: Screen, records: Records):
    records.waiting = 8_732
    page = screen.open("/")
    expect(page.get_by_text("8,732 entries")).to_be_visible()


def test_a_figure_opens_the_list_behind_it(screen: Screen):
    page = screen.open("/")
    page.get_by_role("button", name=re.compile("Breached now")).click()
    page.wait_for_url(re.compile("/exceptions"))
    expect(page.get_by_role("button", name="Only Quote to cash")).to_be_visible()
    page.wait_for_url(re.compile("sla=Breached"))
    expect(page.get_by_role("heading", name="Exceptions")).to_be_visible()


def test_an_exception_is_opened_by_its_link(screen: Screen):
    page = screen.open("/exceptions?exception=EX-10048")
    detail = page.locator(".st-key-card_detail")
    expect(detail).to_contain_text("EX-10048")
    expect(detail).to_contain_text("Why it failed", ignore_case=True)
    expect(detail).to_contain_text("TS-48")


def test_the_order_of_a_link_is_the_order_of_its_list(screen: Screen, records: Records):
    newest = max(records.exceptions, key=lambda one: str(one["opened_at"]))
    page = screen.open("/exceptions?sort=Newest")
    expect(page.locator(".st-key-card_detail")).to_contain_text(newest["id"])


def test_a_case_is_opened_by_its_key(screen: Screen):
    page = screen.open("/case?case=E-3")
    expect(page.get_by_role("heading", name=re.compile("^E-3 "))).to_be_visible()
    page = screen.open("/case?case=E-99999")
    expect(page.get_by_text("does not exist, or you may not see it")).to_be_visible()


def test_an_old_link_says_so(screen: Screen):
    page = screen.open("/exceptions?exception=EX-99999")
    expect(page.get_by_text("does not exist, or you may not see it")).to_be_visible()


def test_the_keys_walk_the_list_and_acknowledge(screen: Screen, records: Records):
    page = screen.open("/exceptions")
    detail = page.locator(".st-key-card_detail")
    expect(detail.locator(".cp-muted").first).to_contain_text("EX-")
    first = detail.locator(".cp-muted").first.inner_text()
    expect(page.locator(".st-key-icon_step_J button").first).to_be_enabled()
    screen.settled()
    page.locator("h1.cp").click()
    page.keyboard.press("j")
    expect(detail.locator(".cp-muted").first).not_to_have_text(first)
    page.wait_for_url(re.compile("exception=EX-"))
    second = re.findall(r"EX-\d+", page.url)[0]
    screen.settled()
    page.keyboard.press("a")
    expect(detail).to_contain_text("Acknowledge")
    expect(page.get_by_text(f"{second}: acknowledged")).to_be_visible()
    screen.settled()
    expect(detail.locator(".cp-chip").first).not_to_have_css("background-color", BARE)
    [(path, _, key)] = records.writes
    assert path == f"exceptions/{second}/acknowledge"
    assert key


def test_a_waiver_needs_a_reason_and_an_end(screen: Screen, records: Records):
    page = screen.open("/exceptions?exception=EX-10048")
    expect(page.locator(".st-key-waive button").first).to_be_enabled()
    screen.settled()
    page.locator("h1.cp").click()
    page.keyboard.press("w")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Ask for the waiver").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Still missing: a reason.")
    dialog.get_by_label("Reason").fill("The client agreed the rate in writing")
    dialog.get_by_role("button", name="Ask for the waiver").click()
    expect(page.get_by_text("EX-10048: waiver asked")).to_be_visible()
    [(path, body, _)] = records.writes
    assert path.endswith("/waive")
    assert body["reason"] == "The client agreed the rate in writing"
    assert body["until"].endswith("T00:00:00Z")


def test_an_incident_narrows_the_list_and_is_taken_on_at_once(screen: Screen, records: Records):
    page = screen.open("/exceptions")
    page.get_by_role("button", name=re.compile("What is promised does not arrive")).click()
    page.wait_for_url(re.compile("incident=IN-1"))
    card = page.locator(".st-key-card_incident")
    expect(card).to_contain_text("12 cases")
    expect(card).to_contain_text("£48k")
    screen.settled()
    card.get_by_role("button", name="Acknowledge all").click()
    expect(page.get_by_text("What is promised does not arrive: acknowledged")).to_be_visible()
    [(path, _, key)] = records.writes
    assert path == "incidents/IN-1/acknowledge"
    assert key


def test_who_takes_it_on_promises_a_date(screen: Screen, records: Records):
    page = screen.open("/exceptions?exception=EX-10048")
    page.get_by_role("button", name="Promise a date").click()
    page.get_by_role("dialog").get_by_role("button", name="Acknowledge and promise").click()
    expect(page.get_by_text("EX-10048: acknowledged")).to_be_visible()
    [(path, body, _)] = records.writes
    assert path == "exceptions/EX-10048/acknowledge"
    assert body["promised_at"].endswith("T23:59:59Z")


def test_a_search_without_a_hit_says_why_and_offers_a_way_back(screen: Screen):
    page = screen.open("/exceptions?q=zzzz")
    expect(page.get_by_text("Nothing matches these filters")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_text(re.compile(r"2\d\d exceptions"))).to_be_visible()


def test_the_whole_filtered_set_is_exported(screen: Screen):
    page = screen.open("/exceptions")
    screen.settled()
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    text = download.value.path().read_text()
    assert text.count("\n") == 241


def test_an_api_that_does_not_answer_is_told_and_tried_again(screen: Screen, records: Records):
    records.down = True
    page = screen.open("/exceptions?q=down")
    expect(page.get_by_text("The database is away.")).to_be_visible()
    records.down = False
    screen.wrong.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Exceptions")).to_be_visible()


def test_a_case_shows_its_steps_its_rules_and_its_money(screen: Screen):
    page = screen.open("/case?instance=case3")
    expect(page.get_by_role("heading", name=re.compile("E-3"))).to_be_visible()
    expect(page.locator(".st-key-card_walk")).to_contain_text("Payment received")
    expect(page.locator(".st-key-card_decided")).to_contain_text("no rate for senior")
    expect(page.locator(".st-key-card_decided")).to_contain_text("within the cap?")
    expect(page.locator(".st-key-card_worth")).to_contain_text("Invoiced")


def test_a_case_that_is_not_there_offers_to_find_another(screen: Screen):
    page = screen.open("/case?instance=nope")
    page.get_by_role("button", name="Find a case").click()
    expect(page.get_by_placeholder("Key, client, title…")).to_be_visible()


def test_a_contract_shows_its_text_and_who_reads_it(screen: Screen):
    page = screen.open("/contracts?subject=ps.timesheet.approved&text=true")
    pane = page.locator(".st-key-card_contract")
    expect(pane).to_contain_text("ps.timesheet.approved")
    expect(pane).to_contain_text('"engagement_id"')
    pane.get_by_role("tab", name="Readers").click()
    expect(pane).to_contain_text("erp@example.test")
    page.wait_for_url(re.compile("tab=Readers"))


def test_without_work_and_without_endings_the_screens_say_so(screen: Screen):
    page = screen.open("/work")
    expect(page.get_by_text("No review waits for you.")).to_be_visible()
    page = screen.open("/deprecations")
    page.get_by_role("button", name="Open the catalogue").click()
    page.wait_for_url(re.compile("/contracts"))


def test_a_contract_that_is_not_described_yet_says_what_is_missing(screen: Screen):
    page = screen.open("/contracts")
    page.get_by_role("button", name="Register a contract").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Document").fill("{}")
    dialog.get_by_role("button", name="Check").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Still missing: a subject, an owner.")


def test_a_rule_set_shows_who_signed_it_what_its_rules_met_with_and_what_is_coming(screen: Screen):
    page = screen.open("/rules?ruleset=billing-eligibility")
    pane = page.locator(".st-key-card_ruleset")
    expect(pane).to_contain_text("signed by c.moreau")
    expect(pane).to_contain_text("In force it would open 7 exceptions, close 2 and change 0.")
    pane.get_by_role("radio", name="1.1.0 · shadow").click()
    expect(pane).to_contain_text("52 cases compared: 51 the same, 1 differ")
    expect(pane).to_contain_text("Held up £0 → £48k")
    expect(pane.get_by_role("button", name="Put in force")).to_be_visible()


@pytest.mark.parametrize("path", ["/exceptions?exception=EX-10048", "/case?instance=case3"])
def test_an_alert_opened_on_a_phone_needs_no_sideways_scrolling(screen: Screen, path: str):
    screen.page.set_viewport_size({"width": 430, "height": 932})
    page = screen.open(path)
    screen.settled()
    assert page.evaluate("document.documentElement.scrollWidth") <= 430
    for card in page.locator(".st-key-card_detail, .st-key-card_walk").all():
        assert (card.bounding_box() or {"width": 0})["width"] > 340
    expect(page.locator(".st-key-card_detail, .st-key-card_walk").first).to_be_in_viewport()


def test_on_a_small_laptop_the_list_and_its_detail_stand_side_by_side(screen: Screen):
    screen.page.set_viewport_size({"width": 1024, "height": 800})
    page = screen.open("/exceptions?exception=EX-10048")
    screen.settled()
    listed = page.get_by_test_id("stDataFrame").bounding_box()
    detail = page.locator(".st-key-card_detail").bounding_box()
    assert listed
    assert detail
    assert listed["x"] + listed["width"] <= detail["x"]


def test_the_figures_are_exported_with_what_they_are_filtered_by(screen: Screen):
    page = screen.open("/?window=90 d")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Figures (CSV)").click()
    first, second, *_ = download.value.path().read_text().splitlines()
    assert first.startswith("process,window,as_of")
    assert second.startswith("quote-to-cash,90d,")


@pytest.mark.parametrize(
    "path", ["/", "/exceptions", "/case?instance=case3", "/contracts", "/rules"]
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_follows_the_readers_theme(screen: Screen, path: str, scheme: str):
    screen.page.emulate_media(color_scheme=scheme)
    page = screen.open(path)
    screen.settled()
    shade = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert shade == {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 20, 32)"}[scheme]
    card = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--cp-card')")
    assert card.strip() == {"light": "#FFFFFF", "dark": "#121826"}[scheme]
