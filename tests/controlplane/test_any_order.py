"""The state follows from the set of events, not from the order in which they came."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projecting import NOON, activate, append, ask, contents, drain, installation, sweep
from rolling import roll_up_standing
from small_jobs import (
    CALENDAR,
    CLIENT,
    COMPARED,
    NIGHTS,
    PROCESS,
    PROMISES,
    ROLLUPS,
    STORY,
    TASKS,
    WAITING,
)
from sqlalchemy import delete

from controlplane.database import Databases, writing
from controlplane.pipeline.loading import load_definitions
from controlplane.pipeline.rolling import judged_by
from observability.event import ProcessEvent
from observability.instance.instance import instance_id
from observability.rollup.tables import case_rollup, rollup, rollup_amount, rollup_case
from observability.tables import STATE
from rules.instant import to_micros


@contextmanager
def worked(batches: list[list[ProcessEvent]], limit: int) -> Iterator[Databases]:
    with tempfile.TemporaryDirectory() as folder:
        databases = installation(Path(folder))
        for text in (CALENDAR, NIGHTS):
            activate(databases, "calendar", text)
        for text in (PROCESS, CLIENT, TASKS):
            activate(databases, "process", text)
        for text in PROMISES:
            activate(databases, "sla", text)
        for batch in batches:
            append(databases, batch)
            drain(databases, limit=limit)
        sweep(databases, NOON + timedelta(days=10))
        drain(databases)
        yield databases
        databases.close()


def state_after(batches: list[list[ProcessEvent]], limit: int) -> dict[str, object]:
    with worked(batches, limit) as databases:
        return contents(databases, STATE, *COMPARED)


IN_ORDER = state_after([[*STORY, WAITING]], 500)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    order=st.permutations([*STORY, WAITING, *STORY[2:5]]),
    cut=st.integers(0, 20),
    limit=st.sampled_from([1, 3, 500]),
)
def test_any_order_any_duplication_and_any_batching_give_the_same_state(order, cut, limit):
    assert state_after([order[:cut], order[cut:]], limit) == IN_ORDER


def test_rollups_made_anew_from_the_cases_as_they_stand_are_the_same():
    with worked([[*STORY, WAITING]], 3) as databases:
        with writing(databases.state) as state:
            for table in (rollup, rollup_amount, rollup_case, case_rollup):
                state.execute(delete(table))
            definitions = load_definitions(state)
            for process in definitions.models:
                roll_up_standing(state, process, judged_by(definitions, process))
        found = contents(databases, STATE, *COMPARED)
    assert {one: found[one] for one in ROLLUPS} == {one: IN_ORDER[one] for one in ROLLUPS}
    assert found["rollup"]


def test_the_story_is_two_jobs_with_their_tasks():
    jobs = {row["case_key"]: row["events"] for row in of("work")}
    assert jobs == {"J-1": 8, "J-2": 5}
    assert IN_ORDER["uncorrelated"] == []
    clocks = {(row["sla"], row["object_key"]): row for row in IN_ORDER["clock"]}
    ended = {(r["sla"], r["object_key"]) for r in IN_ORDER["clock"] if r["target_at"] is not None}
    reported = ("task-reported", "T-1")
    assert ended == {
        ("task-billed", "T-1"),
        ("task-checked", "T-1"),
        ("job-prepared", ""),
        reported,
    }
    weeks = [row for row in IN_ORDER["clock"] if (row["sla"], row["object_key"]) == reported]
    assert sorted(row["period"] for row in weeks) == ["2026-03-03", "2026-03-10", "2026-03-17"]
    redone = clocks["task-checked", "T-2"]
    assert redone["started_at"] == to_micros(NOON + timedelta(hours=21))
    assert {clocks[one]["calendar"] for one in clocks if one[0] == "task-checked"} == {"nights"}


def of(process: str) -> list[dict[str, Any]]:
    return [row for row in IN_ORDER["instance"] if row["process"] == process]


def test_an_event_that_names_several_cases_moves_each_of_them():
    tasks = {row["case_key"]: (row["events"], row["state"]) for row in of("tasks")}
    assert tasks == {
        "T-1": (2, "completed"),
        "T-2": (2, "running"),
        "T-3": (2, "completed"),
        "T-4": (1, "running"),
    }
    assert {row["waits_for"] for row in of("tasks")} == {None, "billed"}


def test_each_case_keeps_to_its_own_entity_of_several_that_an_event_names():
    own = {row["id"]: row["case_key"] for row in of("tasks")}
    named = {
        (own[r["instance"]], r["key"]) for r in IN_ORDER["case_entity"] if r["instance"] in own
    }
    assert named == {("T-1", "T-1"), ("T-2", "T-2"), ("T-3", "T-3"), ("T-4", "T-4")}


def test_a_part_is_linked_by_the_key_that_its_own_entity_names():
    own = {row["id"]: row["case_key"] for row in of("tasks")}
    linked = {(own[row["instance"]], row["process"], row["key"]) for row in IN_ORDER["case_link"]}
    assert linked == {("T-1", "work", "J-1"), ("T-2", "work", "J-1")}


def test_cases_that_one_event_named_and_an_alias_joins_have_it_once(tmp_path: Path):
    for first in (True, False):
        folder = tmp_path / str(first)
        folder.mkdir()
        databases = installation(folder)
        activate(databases, "process", TASKS)
        joined = {"process": "tasks", "case": "T-1", "aliases": ["T-3"]}
        if first:
            ask(databases, "alias:put", joined)
        append(databases, STORY)
        drain(databases)
        if not first:
            ask(databases, "alias:put", joined)
            drain(databases)
        (events,) = contents(databases, STATE, "case_event").values()
        found = [(e["event_id"], e["key"], e["instance"]) for e in events if "billed" in e["type"]]
        assert found == [("w.billed-5", "T-1", instance_id("tasks", "T-1"))]
        databases.close()
