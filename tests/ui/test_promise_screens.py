"""What the screens of objectives, conformance and corrections say, and what is loaded for them."""

from ui.display import TIMES
from ui.loading import called
from ui.records import Calendar, SlaHealth
from ui.records.objective import Allowed, Band, Segment
from ui.views.corrections import sentence_of
from ui.views.objective import VERDICTS, allowed, opening, where
from ui.views.objectives import state, word
from ui.views.process_map import steps

WEEK = {
    **{day: ["09:00-17:30"] for day in ("mon", "tue", "wed", "thu")},
    "fri": ["09:00-12:00", "13:00-16:00"],
    "sat": [],
}


def test_days_that_are_open_alike_are_told_together():
    assert list(opening(Calendar(hours=WEEK))) == [
        "Mon to Thu 09:00-17:30",
        "Fri 09:00-12:00 and 13:00-16:00",
    ]


def test_another_target_says_how_long_and_for_whom():
    big = Segment(
        target=Allowed(business_hours="4"),
        where={"case.role": ["partner", "director"]},
        amount=Band(currency="GBP", at_least="50000"),
    )
    assert f"{allowed(big.target)} {where(big)}" == (
        "4 business hours where role is partner or director and it is worth at least £50000"
    )
    assert allowed(Allowed(hours="1")) == "1 hour"


def test_a_budget_of_few_promises_is_no_alarm():
    one = SlaHealth(burn=2.9, met=6, late=1)
    assert (state(one, 20), word(one)) == ("unknown", f"2.9{TIMES}")
    assert state(one, 5) == "breached"
    assert state(SlaHealth(burn=0.9, met=40), 20) == "at_risk"
    assert state(SlaHealth(burn=1.0, met=40), 20) == "breached"
    assert state(None, 0) == "unknown"


def test_a_budget_that_is_used_up_and_still_burns_is_no_milder_than_one_that_is_used_up():
    assert {VERDICTS[one][0] for one in ("burning", "exhausted")} == {"breached"}


def test_a_step_that_is_taken_several_times_in_a_row_is_written_once():
    assert steps(("time-posted", "time-posted", "time-posted", "invoiced", "time-posted")) == [
        f"Time posted 3{TIMES}",
        "Invoiced",
        "Time posted",
    ]


def test_who_waits_reads_what_is_loaded():
    assert called("/v1/processes/quote-to-cash/health") == "the figures of the process"
    assert called("/v1/instances/i1/timeline") == "what happened in the case"
    assert called("/v1/something-new") == "the answer"


def test_a_summary_begins_as_a_sentence_does():
    assert sentence_of("nothing changed") == "Nothing changed"
