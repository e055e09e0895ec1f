"""A case is judged anew when something new is said of what it sees, and only then."""

from pathlib import Path

import pytest
from projecting import NOON, ByReference, activate, append, drain, installation
from sqlalchemy import func, select

from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from governance.tables import decision
from observability.event import ProcessEvent
from rules.language import read_ruleset
from rules.uses import fields_named

PROCESS = """
process: work
version: 1.0.0
title: Work
owner: finance
case: job
keys: [job_id]
activities:
  - {activity: opened, events: [w.opened]}
  - {activity: introduced, events: [w.introduced]}
entities:
  job: {key: job_id, from: [w.opened]}
  client: {key: client_id, from: [w.introduced]}
references: {client_id: client}
"""
RULES = """
ruleset: orderly
version: 1.0.0
title: Orderly work
process: work
rules:
  - rule: client-introduced
    version: 1.0.0
    title: A client is introduced
    severity: low
    type: LATE
    when:
      - each: case as c
        where: c.state == "running"
      - each: client as k
        where: %s
    outcome: warning
    reason: "Client {k.client_id}."
"""


def introduced(number: int, name: str) -> ProcessEvent:
    return ProcessEvent(
        source="urn:crm",
        id=f"C-{number}",
        type="w.introduced",
        occurred_at=NOON,
        sequence=number,
        data={"client_id": "C-1", "name": name},
    )


OPENED = ProcessEvent(
    source="urn:crm",
    id="J-1",
    type="w.opened",
    occurred_at=NOON,
    data={"job_id": "J-1", "client_id": "C-1"},
)


@pytest.fixture
def databases(tmp_path: Path):
    opened = installation(tmp_path)
    activate(opened, "process", PROCESS)
    yield opened
    opened.close()


def judged(databases: Databases, *events: ProcessEvent) -> int:
    """Return how often a case was judged by the end of *events*."""
    for one in events:
        append(databases, [one])
        drain(databases, Processing(ByReference()))
    with reading(databases.state) as connection:
        return connection.execute(select(func.count()).select_from(decision)).scalar_one()


def test_what_is_only_said_again_judges_no_other_case(databases: Databases):
    activate(databases, "ruleset", RULES % 'k.client_id == "C-1"')
    assert judged(databases, OPENED, introduced(1, "Aldermoor")) == 2
    assert judged(databases, introduced(2, "Aldermoor"), introduced(3, "Aldermoor")) == 2
    assert judged(databases, introduced(4, "Aldermoor Bank")) == 3


def test_a_stamp_that_a_rule_reads_is_news_each_time(databases: Databases):
    activate(databases, "ruleset", RULES % "exists(k.introduced_at)")
    assert judged(databases, OPENED, introduced(1, "Aldermoor")) == 2
    later = ProcessEvent(
        source="urn:crm",
        id="C-2",
        type="w.introduced",
        occurred_at=NOON.replace(hour=15),
        data={"client_id": "C-1", "name": "Aldermoor"},
    )
    assert judged(databases, later) == 3


def test_a_rule_set_names_what_it_compares_says_and_counts():
    ruleset = read_ruleset(RULES % 'k.introduced_at < k.left_at or k.name == "x"')
    assert fields_named(ruleset) == {"state", "introduced_at", "left_at", "name", "client_id"}
