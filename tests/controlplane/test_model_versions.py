"""A new version of a process model takes running cases over, or leaves them with theirs."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from projecting import NOON, Undecided, append, contents, drain, installation, register

from controlplane.database import Databases
from controlplane.replay import verify
from observability.event import ProcessEvent
from observability.tables import STATE

MODEL = """
process: work
version: {version}
title: Work
owner: finance
keys: [job_id]
running: {running}
activities:
  - {{activity: opened, stage: {stage}, events: [w.opened]}}
  - {{activity: done, events: [w.done]}}
order: [opened, done]
stages: [{{stage: {stage}}}]
"""


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Databases]:
    opened = installation(tmp_path)
    yield opened
    opened.close()


def put(databases: Databases, version: str, stage: str, running: str, *, hour: int) -> None:
    text = MODEL.format(version=version, stage=stage, running=running)
    register(databases, "process", text, at=NOON + timedelta(hours=hour))
    drain(databases)


def happened(databases: Databases, type_: str, key: str, *, hour: int) -> None:
    event = ProcessEvent(
        source="urn:test",
        id=f"{type_}-{key}",
        type=type_,
        occurred_at=NOON + timedelta(hours=hour),
        data={"job_id": key},
    )
    append(databases, [event], at=NOON + timedelta(hours=hour))
    drain(databases)


def judged(databases: Databases) -> dict[str, tuple[str, str]]:
    rows = contents(databases, STATE, "instance")["instance"]
    return {row["case_key"]: (row["model"], row["stage"]) for row in rows}


def test_cases_that_had_begun_stay_with_their_version_where_the_new_one_says_so(
    databases: Databases,
):
    put(databases, "1.0.0", "first", "migrate", hour=0)
    happened(databases, "w.opened", "A", hour=1)
    put(databases, "2.0.0", "second", "pin", hour=2)
    happened(databases, "w.opened", "B", hour=3)
    put(databases, "3.0.0", "third", "pin", hour=4)
    happened(databases, "w.opened", "C", hour=5)
    happened(databases, "w.done", "A", hour=6)
    assert judged(databases) == {
        "A": ("1.0.0", "first"),
        "B": ("2.0.0", "second"),
        "C": ("3.0.0", "third"),
    }


def test_a_version_that_migrates_takes_every_case_over(databases: Databases):
    put(databases, "1.0.0", "first", "migrate", hour=0)
    happened(databases, "w.opened", "A", hour=1)
    put(databases, "2.0.0", "second", "migrate", hour=2)
    assert judged(databases) == {"A": ("2.0.0", "second")}
    put(databases, "3.0.0", "third", "pin", hour=4)
    assert judged(databases) == {"A": ("2.0.0", "second")}


def test_evidence_that_a_case_began_earlier_gives_it_the_version_of_then(databases: Databases):
    put(databases, "1.0.0", "first", "migrate", hour=0)
    put(databases, "2.0.0", "second", "pin", hour=2)
    happened(databases, "w.done", "A", hour=3)
    assert judged(databases)["A"][0] == "2.0.0"
    happened(databases, "w.opened", "A", hour=1)
    assert judged(databases)["A"] == ("1.0.0", "first")


def test_a_replay_gives_each_case_the_same_version(databases: Databases):
    put(databases, "1.0.0", "first", "migrate", hour=0)
    happened(databases, "w.opened", "A", hour=1)
    put(databases, "2.0.0", "second", "pin", hour=2)
    happened(databases, "w.opened", "B", hour=3)
    assert verify(databases, Undecided()).equal
