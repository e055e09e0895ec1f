"""What forecasts are told from is made beside the worker, and says what the clocks would say."""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from house import House, opened
from invoiced import NOW, history, step
from timework import PROCESS, furnish

from controlplane import forecasts
from controlplane.database import Databases, reading, writing
from controlplane.foretelling.foreteller import Foreteller
from controlplane.foretelling.making import make
from controlplane.foretelling.wanting import due
from controlplane.registered import calendars
from controlplane.replay import HISTORIES
from observability.forecast import piece_stores
from observability.forecast.calibration import Tally
from observability.forecast.forecast import Forecast, forecast
from observability.forecast.piece import RUNNING
from observability.forecast.seen import running
from observability.forecast.stores import running_clocks
from observability.forecast.tables import foretelling, foretold
from rules.instant import to_micros

MIDNIGHT = NOW.replace(hour=0)
WEEKS = 6
OVER_NIGHT = timedelta(hours=20)
OF = "time-to-invoice"
PATIENCE_SECONDS = 60.0


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one, rules=False)
        one.send(*history(OVER_NIGHT), backfill="true")
        yield one


def foretell(databases: Databases, at: datetime) -> int:
    """Make and keep what is due; return how much that was."""
    with reading(databases.state) as state:
        wanted = due(state, at=at, weeks=WEEKS)
    for one in wanted:
        with writing(databases.state) as state:
            piece_stores.put(state, make(state, one, at=at))
    return len(wanted)


def promises(house: House) -> list[str]:
    return [one["sla"] for one in house.get("/v1/slas")["items"] if one["process"] == OF]


def summed(tallies: tuple[Tally, ...]) -> list[tuple[float, ...]]:
    """Return how many a bin, what they said and what came, to a billionth."""
    found: dict[int, list[float]] = {}
    for one in tallies:
        sums = found.setdefault(one.bin, [0.0] * 5)
        members = (one.forecasts, one.said, one.square, one.base_square, one.broke)
        found[one.bin] = [left + right for left, right in zip(sums, members, strict=True)]
    return [(place, *(round(one, 9) for one in sums)) for place, sums in sorted(found.items())]


def test_what_was_made_says_what_the_clocks_say_at_the_beginning_of_the_day(house: House):
    house.send(step(90, "timesheet-approved", MIDNIGHT - timedelta(days=1)), backfill="true")
    foretell(house.databases, NOW)
    slas = promises(house)
    with reading(house.databases.state) as state:
        business = calendars(state)
        at, until = to_micros(MIDNIGHT), to_micros(MIDNIGHT + timedelta(days=9))
        runs = running(running_clocks(state, OF, at=at, due_until=until), at=at, calendars=business)
        made = forecasts.known(state, OF, slas, business, at=NOW)
        exact = forecasts.known_at(state, OF, slas, business, at=MIDNIGHT)

        def said(known: forecasts.Known) -> list[Forecast | None]:
            return [
                forecast(one, known.histories[one.clock.sla], at=MIDNIGHT, calendars=business)
                for one in runs
            ]

        assert any(one is not None for one in said(exact))
        assert said(made) == said(exact)
        assert (made.known_at, made.awaited) == (MIDNIGHT, ())


@pytest.mark.parametrize("days", [0, 9])
def test_what_was_said_in_some_weeks_is_what_would_be_said_of_them_now(house: House, days: int):
    foretell(house.databases, NOW)
    until = MIDNIGHT - timedelta(days=days)
    with reading(house.databases.state) as state:
        span = {"since": until - timedelta(weeks=4), "until": until}
        asked = (state, OF, promises(house), calendars(state))
        held, anew = forecasts.held(*asked, **span), forecasts.held_anew(*asked, **span)
        assert summed(held.tallies) == summed(anew.tallies)
        assert summed(held.tallies)
        assert (held.known_at, held.awaited) == (MIDNIGHT, ())


def test_what_was_made_is_left_until_a_day_begins_or_a_document_changes(house: House):
    assert foretell(house.databases, NOW) > WEEKS
    assert foretell(house.databases, NOW + timedelta(hours=1)) == 0
    house.put_document("/v1/processes/time-to-invoice", PROCESS.replace("1.0.0", "1.0.1"))
    assert foretell(house.databases, NOW) > WEEKS
    with reading(house.databases.state) as state:
        tomorrow = due(state, at=NOW + timedelta(days=1), weeks=WEEKS)
    weeks = [one.name.week for one in tomorrow]
    assert weeks == sorted(weeks, key=lambda week: (week != RUNNING, -week))
    assert len(weeks) < WEEKS, "weeks of which all is decided stand"


def test_what_is_told_late_of_a_promise_is_held_against_what_was_said_the_week_before(house: House):
    thursday = datetime(2026, 2, 19, tzinfo=UTC)  # a week begins; due is it the day after
    approved, invoiced = thursday - timedelta(hours=28), thursday + timedelta(days=5)
    house.send(step(90, "timesheet-approved", approved), backfill="true")
    house.send(step(90, "invoice-issued", invoiced), backfill="true")
    foretell(house.databases, NOW)
    house.send(
        step(90, "invoice-issued", thursday + timedelta(hours=7)) | {"id": "told-late"},
        backfill="true",
    )
    foretell(house.databases, NOW + timedelta(hours=12))
    with reading(house.databases.state) as state:
        span = {"since": thursday - timedelta(days=6), "until": thursday + timedelta(days=2)}
        asked = (state, OF, promises(house), calendars(state))
        held, anew = forecasts.held(*asked, **span), forecasts.held_anew(*asked, **span)
        assert summed(held.tallies) == summed(anew.tallies)
        assert summed(held.tallies)


def test_of_many_clocks_nothing_is_said_before_it_is_made(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    began = datetime.now(UTC) - timedelta(minutes=1)
    house.send(step(90, "timesheet-approved", began))
    asked = {"process": OF, "until": (began + timedelta(days=9)).isoformat()}
    (promise,) = promises(house)
    assert house.get("/v1/forecast", **asked)["awaited"] == [], "few are read at once"
    monkeypatch.setattr(forecasts, "FEW", 0)
    told = house.get("/v1/forecast", **asked)
    assert (told["awaited"], told["known_at"], told["told"]) == ([promise], None, 0)
    assert told["items"][0]["forecast"] is None
    calibration = house.get("/v1/forecast/calibration", process=OF, weeks=1)
    assert (calibration["awaited"], calibration["calibration"]["forecasts"]) == ([promise], 0)
    assert foretell(house.databases, datetime.now(UTC))
    told = house.get("/v1/forecast", **asked)
    assert (told["awaited"], told["told"]) == ([], 1)
    assert told["known_at"] <= told["as_of"]
    assert house.get("/v1/forecast/calibration", process=OF, weeks=1)["awaited"] == []


def test_a_process_beside_the_worker_makes_it_and_the_worker_keeps_it(house: House, tmp_path: Path):
    state = house.databases.state
    where = {"CONTROLPLANE_DATA_DIR": str(tmp_path)}
    if not house.databases.embedded:
        where["CONTROLPLANE_DATABASE_URL"] = state.url.render_as_string(hide_password=False)
    beside = Foreteller(state, where, period=timedelta())
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not kept(house):
            assert time.monotonic() < deadline
            beside.keep()
            Event().wait(0.01)
    finally:
        beside.close()


def test_what_did_not_come_to_its_end_is_tried_again_though_nothing_happened(
    databases: Databases, tmp_path: Path
):
    starts = tmp_path / "starts"
    fails = f"open({str(starts)!r}, 'a').write('.'); raise SystemExit(1)"
    beside = Foreteller(
        databases.state, {}, command=(sys.executable, "-S", "-c", fails), period=timedelta()
    )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (starts.exists() and len(starts.read_text()) > 1):
            assert time.monotonic() < deadline
            beside.keep()
            Event().wait(0.01)
    finally:
        beside.close()


def kept(house: House) -> bool:
    with reading(house.databases.state) as state:
        return bool(piece_stores.histories(state, OF, promises(house)))


def test_what_is_made_beside_the_state_is_not_compared_with_a_replay():
    assert {foretelling.name, foretold.name} <= HISTORIES
