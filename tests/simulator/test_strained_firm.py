"""In a firm under strain work waits; what will be late is foretold better than by the base rate."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from controlplane.pack.shipped import shipped_folder
from controlplane.simulator.chronicle import Chronicle
from controlplane.simulator.delivering import APPROVAL_DAYS, SLA_APPROVED
from controlplane.simulator.strain import WAITS
from controlplane.simulator.truth import CLOCK
from controlplane.simulator.working import CALENDAR, PACK, london
from observability.forecast.calibration import Bin, calibration, tallied
from observability.forecast.past import past_forecasts
from observability.forecast.seen import SeenClock
from rules.calendar import BusinessCalendar, read_calendar
from rules.instant import to_micros

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
UNTIL = START + timedelta(days=112)
HELD_BACK = timedelta(weeks=4)
SUBMITTED, APPROVED = "ps.timesheet.submitted", "ps.timesheet.approved"


@cache
def firm(*, strained: bool) -> Chronicle:
    return Chronicle(8, START, london(), faults=(), volume=2, strained=strained)


@cache
def told(*, strained: bool) -> dict[str, dict[str, datetime]]:
    """Return when each type of report was told, by the key of what it is about."""
    found: dict[str, dict[str, datetime]] = {}
    for report in firm(strained=strained).until(UNTIL):
        found.setdefault(report.type, {})[report.subject or report.id] = report.at
    return found


@cache
def calendars() -> dict[str, BusinessCalendar]:
    folder = shipped_folder(PACK)
    assert folder is not None
    text = (folder / "calendars" / f"{CALENDAR}.yaml").read_bytes()
    return {CALENDAR: BusinessCalendar(read_calendar(text))}


def approvals() -> list[SeenClock]:
    reports = told(strained=True)
    rejected = reports["ps.timesheet.rejected"]
    return [
        SeenClock(
            id=key,
            sla=SLA_APPROVED,
            instance=key,
            object_type="timesheet",
            object_key=key,
            owner=None,
            started_at=to_micros(at),
            due_at=to_micros(london().close_of(at, APPROVAL_DAYS)),
            promised="2 business days",
            calendar=CALENDAR,
            target_at=to_micros(done) if (done := reports[APPROVED].get(key)) else None,
            stopped_at=to_micros(sent_back) if (sent_back := rejected.get(key)) else None,
            amount=None,
        )
        for key, at in reports[SUBMITTED].items()
    ]


def between(bins: Sequence[Bin], low: float, high: float) -> tuple[int, float, float]:
    """Return how many forecasts there were, what they said on average, and what broke."""
    those = [one for one in bins if low <= one.said < high]
    count = sum(one.forecasts for one in those)
    said = sum(one.said * one.forecasts for one in those) / count
    return count, said, sum(one.broke * one.forecasts for one in those) / count


def test_what_is_late_is_told_in_the_truth_and_only_that():
    told(strained=True)
    late = {
        finding.object
        for one in firm(strained=True).injected
        for finding in one.finds
        if (finding.kind, finding.name) == (CLOCK, SLA_APPROVED)
    }
    reports = told(strained=True)
    expected = {
        key
        for key, at in reports[SUBMITTED].items()
        if reports[APPROVED].get(key, at) > london().close_of(at, APPROVAL_DAYS)
    }
    assert {key for key in late if key in reports[APPROVED]} == expected
    assert 0.05 < len(expected) / len(reports[APPROVED]) < 0.15


def test_a_firm_without_strain_tells_what_it_always_told():
    calm, strained = told(strained=False), told(strained=True)
    assert firm(strained=False).injected == []
    assert calm[SUBMITTED] == strained[SUBMITTED]
    kept = sum(strained[APPROVED].get(key) == at for key, at in calm[APPROVED].items())
    assert 0.8 < kept / len(calm[APPROVED]) < 1


def test_every_promise_under_strain_has_a_rule_that_says_when_it_is_absent():
    faults: Iterator[str] = (one.fault for one in WAITS.values())
    assert len(set(faults)) == len(WAITS)
    folder = shipped_folder(PACK)
    assert folder is not None
    known = {path.stem for path in (folder / "rules" / "sla-breach").glob("*.yaml")}
    assert {one.rule for one in WAITS.values()} <= known


def test_forecasts_of_held_back_weeks_beat_the_base_rate_and_come_true_as_often_as_said():
    """Each is made of what was known at its own time: nothing of the weeks themselves."""
    since = UNTIL - HELD_BACK
    said = list(past_forecasts(approvals(), since=since, until=UNTIL, calendars=calendars()))
    found = calibration(tallied(said))
    assert found.forecasts > 2_000
    assert found.brier < found.base_brier
    assert found.skill > 0.1
    assert found.error < 0.05
    count, chance, broke = between(found.bins, 0.6, 0.8)
    assert count > 30
    assert broke == pytest.approx(chance, abs=0.15)
