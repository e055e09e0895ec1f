"""What the screens of governance write, and that what comes from outside stays text."""

from datetime import UTC, datetime, timedelta

from streamlit.testing.v1 import AppTest

from ui.client import RefusedError
from ui.components import refusal
from ui.records import (
    CataloguedContract,
    ContractVersion,
    Ending,
    Finding,
    Problem,
    Producing,
    Trial,
    TrialResult,
    VersionReview,
    WholeContract,
)
from ui.records.person import Found
from ui.records.review import AskedReview, Missing, Observed, Reader
from ui.views import changes, contracts, deprecations, moving, replay, reviewing, waivers
from ui.views.shown import Shown, link

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BREAKS = Finding(id="gone:/rate", rule="gone", level="breaking", message="<b>", before="1", after=2)
FLAW = Finding(id="x", rule="schema-invalid", level="error", message="no type")
STYLE = Finding(id="lint:money", rule="money-is-exact", level="error", message="a float")


def shown(lifecycle: str = "draft", **review: object) -> Shown:
    version = ContractVersion(version="2.0.0", lifecycle=lifecycle)
    whole = WholeContract(subject="ps.rate", versions=(version,))
    return Shown(contract=whole, version=version, review=VersionReview(**review))  # type: ignore[arg-type]


def test_a_contract_of_a_kafka_client_goes_by_the_name_that_the_client_knows():
    known = CataloguedContract(subject="orders-value-f5fc48f633f8", title="Orders-value")
    assert contracts.called(known) == "Orders-value"
    ours = CataloguedContract(subject="ps.rate", title="A rate is agreed")
    assert contracts.called(ours) == "ps.rate"


def test_a_finding_is_told_with_what_stood_there_before_and_nothing_of_it_is_run():
    written = changes.finding_html(BREAKS)
    assert "&lt;b&gt;" in written
    assert written.index("Before") < written.index("After")
    assert list(changes.counted([BREAKS, BREAKS])) == ["2 breaking changes"]


def test_only_what_may_be_waived_is_offered_for_a_waiver():
    one = shown(blocking=(BREAKS, FLAW, STYLE))
    assert waivers.waivable(one) == [BREAKS, STYLE]


def test_each_finding_says_what_would_free_the_version_of_it():
    major = Finding(rule="version-needs-major", level="breaking", after="3.0.0")
    told = [reviewing.freeing(one) for one in (major, FLAW, STYLE, BREAKS)]
    assert "as 3.0.0" in told[0]
    assert "never published" in told[1]
    assert "waiver" in told[2]
    assert "waiver" in told[3]


def test_a_version_that_was_published_without_review_does_not_boast_of_one():
    assert "In review" not in moving.steps_html(shown("published"))
    assert "✓ In review" in moving.steps_html(shown("published", review=AskedReview()))
    assert "○ In review" in moving.steps_html(shown("draft"))


def test_a_review_says_what_is_next_and_asks_nothing_of_what_is_out():
    assert reviewing.unasked(shown("published")) == "It went out without a review."
    assert "must sign" not in reviewing.unasked(shown("draft"))
    signed = shown("in_review", missing=Missing(quorum=1))
    assert ["mark it approved" in line for line in reviewing.signing_lines(signed)] == [True]


def test_a_finding_tells_its_place_once_also_where_it_stops_a_version():
    placed = Finding(rule="schema-dialect-missing", level="info", message="no $schema", line=1)
    assert changes.finding_html(placed).count("line 1") == 1
    breaks = Finding(rule="gone", level="breaking", message="gone", pointer="/properties/rate")
    assert "/properties/rate" in reviewing.blocking_html(breaks)


def test_a_choice_in_the_address_outlives_the_count_beside_it():
    def screen() -> None:
        import streamlit as st  # noqa: PLC0415 - the function runs as a page of its own

        from ui.views import links  # noqa: PLC0415 - likewise

        links.recall("gap", ("no-trace", "no-consumer"))
        st.pills("Gap", ["no-trace", "no-consumer"], format_func="{} 4".format, key="gap")

    for asked, taken in (("no-trace", "no-trace"), ("no-trace 3", None)):
        page = AppTest.from_function(screen)
        page.query_params["gap"] = asked
        page.run()
        assert page.session_state["gap"] == taken


def test_who_would_be_left_without_a_version_is_named_once():
    readers = (Reader(system="portal", stranded=True), Reader(system="erp"))
    one = shown(readers=readers, observed=(Observed(system="portal"), Observed(system="psa")))
    assert one.review.stranded == ("portal", "psa")


def test_a_version_may_be_retired_when_its_day_has_come_and_nobody_uses_it():
    def ending(days: int | None, *, blocked: bool = False) -> Ending:
        return Ending(sunset_at=None if days is None else NOON + days * DAY, blocked=blocked)

    ways = [ending(None), ending(-1), ending(1), ending(-1, blocked=True)]
    assert [deprecations.ready(one, NOON) for one in ways] == [True, True, False, False]
    halfway = Ending(deprecated_at=NOON - DAY, sunset_at=NOON + DAY)
    assert "50% of the notice is gone" in deprecations.notice_html(halfway, NOON)


def test_a_refusal_names_people_and_what_stands_in_the_way():
    found = tuple(Found(message=f"finding {number}") for number in range(7))
    problem = Problem(title="No", detail="key:1 wrote it", findings=found)
    told = refusal.words(RefusedError(409, problem), {"key:1": "ada"})
    assert told.startswith("**No.** ada wrote it")
    assert told.endswith("- and 2 more")


def test_a_replay_names_whose_events_would_be_refused():
    source = Producing(source="<psa>", events=4, refused=3)
    found = TrialResult(events=4, refused=3, producers=(source, Producing(source="erp", events=1)))
    written = replay.result_html(Trial(), found)
    assert "&lt;psa&gt;" in written
    assert "3 of 4 events" in written
    assert "erp" not in written


def test_an_address_of_a_tab_keeps_names_apart():
    assert link("a&b", "1.0.0", "Review") == "contracts?subject=a%26b&version=1.0.0&tab=Review"
