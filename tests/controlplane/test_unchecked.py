"""What could not be checked reaches a person, and is counted; on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, opened
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from timework import approved, furnish

from controlplane import gauging
from controlplane.database import Databases

BROAD = """\
ruleset: three-alike
version: 1.0.0
title: Are three timesheets alike?
process: time-to-invoice
owner: delivery
rules:
  - rule: three-alike
    version: 1.0.0
    title: Three timesheets are alike
    severity: low
    type: ALIKE
    when:
      - each: timesheet as a
      - each: timesheet as b
        where: [b.timesheet_id != a.timesheet_id]
      - each: timesheet as c
        where: [c.timesheet_id != b.timesheet_id, c.amount != a.amount]
    outcome: warning
    occurrence: a
    reason: "{a.timesheet_id} is like two others."
"""
NARROW = BROAD.replace("version: 1.0.0", "version: 1.1.0").replace(
    "b.timesheet_id != a.timesheet_id", "b.rate == a.timesheet_id"
)
WEEKS = 160


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one, rules=False)
        put_rules(one, BROAD, "1.0.0")
        yield one


def put_rules(house: House, text: str, version: str) -> None:
    path = f"/v1/rulesets/three-alike/versions/{version}"
    house.put_document(path, text)
    house.post(f"{path}/transitions", {"to": "active"})


def test_a_case_too_broad_to_check_is_an_exception_until_it_is_checked_again(house: House):
    house.send(*(approved(str(number), "E-1") for number in range(WEEKS)))
    (one,) = house.get("/v1/exceptions", status="open")["items"]
    assert (one["type"], one["owner"], one["case"]) == (
        "DECISION_NOT_EVALUATED",
        "delivery",
        "E-1",
    )
    assert "1 of 1 rules of three-alike could not be checked" in one["reason"]
    assert "too many combinations of facts" in one["reason"]
    (decision,) = house.get(f"/v1/instances/{one['instance']}/decisions")["items"]
    assert decision["outcome"] == "not_evaluated"
    assert decision["not_evaluated"][0]["reason"] == "too-many-combinations"
    put_rules(house, NARROW, "1.1.0")
    (ended,) = house.get("/v1/exceptions", status="all")["items"]
    assert (ended["state"], ended["resolution"]) == ("resolved", "every rule could be checked")


def test_what_could_not_be_checked_is_counted_by_rule_set_and_reason(
    house: House, databases: Databases, monkeypatch: pytest.MonkeyPatch
):
    reader = InMemoryMetricReader()
    meter = MeterProvider(metric_readers=[reader]).get_meter("test")
    monkeypatch.setattr(gauging, "meter", meter)
    gauging.show_unchecked(databases)
    house.send(*(approved(str(number), "E-1") for number in range(WEEKS)))
    house.send(approved("more", "E-1"))
    (scope,) = reader.get_metrics_data().resource_metrics[0].scope_metrics
    (metric,) = scope.metrics
    (point,) = metric.data.data_points
    assert metric.name == "controlplane_decisions_not_evaluated"
    assert point.attributes == {"ruleset": "three-alike", "reason": "too-many-combinations"}
    assert point.value >= 2


def test_counts_are_left_out_while_the_database_is_away(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
):
    reader = InMemoryMetricReader()
    meter = MeterProvider(metric_readers=[reader]).get_meter("test")
    monkeypatch.setattr(gauging, "meter", meter)
    monkeypatch.setattr(gauging, "reading", away)
    gauging.show_unchecked(databases)
    assert reader.get_metrics_data() is None


def away(_: object) -> None:
    raise gauging.DATABASE_AWAY[0]("SELECT", {}, Exception("no such host"))
