"""An error budget counts promises and money over business days, and says when they are too few."""

from datetime import UTC, datetime

import pytest

from observability.health.error_budget import Due, begins, error_budget
from observability.objective import read_objective
from rules.calendar import BusinessCalendar, read_calendar
from rules.money import money

OBJECTIVE = read_objective(
    "sla: paid\nversion: 1.0.0\nprocess: work\nowner: desk\nfrom: [a]\nto: [b]\n"
    "target: {hours: 1}\nminimum_volume: 20\n"
)
MONDAY = datetime(2026, 3, 9, 12, tzinfo=UTC)
OFFICE = BusinessCalendar(
    read_calendar(
        "calendar: office\nversion: 1.0.0\nzone: UTC\nhours: {"
        + ", ".join(f'{day}: ["09:00-17:00"]' for day in ("mon", "tue", "wed", "thu", "fri"))
        + "}"
    )
)


def due(met: int, late: int, absent: int = 0) -> list[Due]:
    euros = (money("100.00", "EUR"),)
    return [
        Due(state="met", clocks=met),
        Due(state="late", clocks=late, amounts=euros if late else ()),
        Due(state="absent", clocks=absent, amounts=euros if absent else ()),
    ]


@pytest.mark.parametrize(
    ("week", "month", "verdict", "burns"),
    [
        ((19, 0), (100, 0), "within", [None, 0.0]),
        ((38, 2), (96, 4), "within", [1.0, 0.8]),
        ((36, 4), (90, 10), "burning", [2.0, 2.0]),
        ((39, 1), (90, 10), "exhausted", [0.5, 2.0]),
        ((0, 5), (0, 19), "too_few", [None, None]),
    ],
)
def test_the_budget_is_judged_over_a_week_and_a_month(week, month, verdict, burns):
    found = error_budget(OBJECTIVE, [(5, MONDAY, due(*week)), (20, MONDAY, due(*month))])
    assert (found.verdict, [one.burn for one in found.windows]) == (verdict, burns)


def test_what_was_broken_is_counted_with_its_money():
    [window] = error_budget(OBJECTIVE, [(20, MONDAY, due(90, 6, 4))]).windows
    assert (window.ended, window.broken, window.allowed) == (100, 10, 5.0)
    assert window.money_broken == [money("200.00", "EUR")]


def test_a_window_of_five_business_days_begins_on_the_fifth_day_back():
    assert begins(5, OFFICE, MONDAY) == datetime(2026, 3, 3, tzinfo=UTC)
    assert begins(20, None, MONDAY) == datetime(2026, 2, 9, 12, tzinfo=UTC)
