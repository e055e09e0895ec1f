from datetime import UTC, datetime
from decimal import Decimal

from ui.records import Case, CaseLinks, LinkedCase, Milestone, Money, Partial, Wait
from ui.views.standing import about, group, milestone, partial

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WEEK = LinkedCase(
    id="i/1", case="TS-1", title="W-7 · 8 Mar", state="running", waits_for="time-posted"
)


def test_a_wait_names_three_objects_and_counts_the_others():
    assert about(Wait(objects=("A", "B"))) == " of A, B"
    assert about(Wait(objects=("A", "B", "C", "D", "E"))) == " of A, B, C and 2 more"
    assert about(Wait()) == ""


def test_a_milestone_says_by_its_shape_whether_it_was_reached():
    assert "✓ Signed" in milestone(Milestone(title="Signed", at=NOON))
    assert "○ &lt;Signed&gt;" in milestone(Milestone(title="<Signed>"))


def test_partial_success_is_told_as_broken_only_when_something_failed():
    half = Partial(title="Set-up", outcome="failed", since=NOON, detail="PSA: done; ERP: failed.")
    (told,) = partial(Case(partial=(half,)))
    assert "◆ Half done" in told
    assert "PSA: done; ERP: failed." in told
    (waiting,) = partial(Case(partial=(Partial(outcome="unfinished"),)))
    assert "▲ Not all yet" in waiting


def test_linked_cases_lead_to_themselves_and_say_what_they_wait_for():
    euros = (Money(amount=Decimal(900), currency="EUR"),)
    one = CaseLinks(
        process_title="Time to bill", relation="parts", cases=1, amounts=euros, items=(WEEK,)
    )
    html = group(one)
    assert 'href="case?instance=i%2F1"' in html
    assert "waits for time posted" in html
    assert "<details>" not in html


def test_many_linked_cases_are_folded_away_and_counted():
    one = CaseLinks(
        process_title="Time to bill",
        relation="parts",
        cases=40,
        states={"running": 40},
        items=(WEEK,) * 20,
    )
    html = group(one)
    assert html.count("cp-row") == 8
    assert "and 32 more" in html
    assert "40 running" in html
