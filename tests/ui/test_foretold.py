"""What a forecast says on the screens, and that it says nothing without enough history."""

from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from ui.charts import calibration
from ui.records import (
    Calibrated,
    Calibration,
    CalibrationBin,
    Forecasts,
    Foretold,
    RunningClock,
)
from ui.theme import LIGHT
from ui.views.foretold import basis, chance, summary, tone, verdict

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KNOWN = Foretold(chance=0.62, sample=214, like="promise and step", expected_at=NOON)


def test_a_forecast_stands_with_the_size_of_its_sample():
    line = basis(RunningClock(due_at=NOON, used=0.8, forecast=KNOWN))
    assert line.endswith(
        "80% used · half are kept by 20 Nov 12:00 · from 214 alike by promise and step"
    )
    assert (chance(KNOWN), tone(KNOWN)) == ("62%", "breach")


def test_without_enough_history_no_chance_is_told():
    assert (chance(None), tone(None)) == ("not known", "none")
    assert basis(RunningClock(due_at=NOON)).endswith("too few alike to say")
    assert summary(Forecasts(clocks=3, until=NOON)).endswith("too little history to say more")


def test_where_nothing_is_due_the_list_says_so_in_its_place():
    def screen() -> None:
        from datetime import UTC, datetime  # noqa: PLC0415 - the function runs as a page of its own

        from ui.records import Forecasts  # noqa: PLC0415 - likewise
        from ui.views import foretold  # noqa: PLC0415 - likewise

        foretold.due(Forecasts(until=datetime(2026, 11, 20, 12, tzinfo=UTC)))

    page = AppTest.from_function(screen).run()
    assert "Will break within a day" in page.get("html")[0].proto.body
    assert page.caption[0].value == "No promise is due by 20 Nov 12:00."


def test_what_hardly_ever_breaks_is_not_said_never_to():
    assert chance(Foretold(chance=0.0, sample=900)) == "under 1%"


def test_the_head_of_the_list_says_how_many_are_expected_to_break():
    found = Forecasts(clocks=12, told=9, expected_breaches=1.34, until=NOON)
    assert summary(found) == (
        "12 promises due by 20 Nov 12:00 · 9 with enough history, 1.3 of them likely to break"
    )


def test_it_says_how_old_what_it_is_told_from_is_and_what_is_still_being_read():
    found = Forecasts(clocks=12, told=9, until=NOON, known_at=NOON, awaited=("paid",))
    assert "9 with enough history as of 20 Nov 12:00" in summary(found)
    none = Forecasts(clocks=12, until=NOON, awaited=("paid",))
    assert summary(none).endswith("history is still being read")


def test_how_forecasts_came_true_is_drawn_against_the_line_on_which_it_came_as_said():
    bins = (
        CalibrationBin(forecasts=400, said=0.1, broke=0.12),
        CalibrationBin(forecasts=4, said=0.9, broke=1.0),
    )
    (dots,) = calibration.figure(bins, LIGHT).data
    assert list(zip(dots.x, dots.y, strict=True)) == [(0.1, 0.12), (0.9, 1.0)]
    assert dots.marker.size[0] > dots.marker.size[1]
    assert dots.text[1] == "4 forecasts: said 90%, broke 100%"


def test_forecasts_that_know_no_more_than_the_base_rate_are_not_praised():
    told = Calibration(forecasts=9, brier=0.02, base_brier=0.03)
    assert "know more" in verdict(Calibrated(skill=0.3, calibration=told))
    assert "know no more" in verdict(Calibrated(skill=-0.1, calibration=told))
