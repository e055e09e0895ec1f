from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from governance.contract import stores
from governance.contract.artifact import ArtifactError
from governance.contract.catalogue import Contract, Version
from governance.contract.jsonschema import validator
from governance.contract.published import PublishedContracts, PublishedVersion, split_type

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def offered(*versions: str, deprecated: tuple[str, ...] = ()) -> PublishedContracts:
    held = tuple(
        PublishedVersion(
            subject="ps.timesheet.approved",
            version=version,
            format="jsonschema",
            media_type="application/json",
            artifact=b"{}",
            owner="delivery",
            deprecated=version in deprecated,
        )
        for version in versions
    )
    return PublishedContracts(versions={"ps.timesheet.approved": held})


HELD = offered("1.0.0", "1.10.0", "1.9.0", "2.0.0", "2.1.0", deprecated=("2.1.0",))


@pytest.mark.parametrize(
    ("type_", "version"),
    [
        ("ps.timesheet.approved.v1", "1.10.0"),
        ("ps.timesheet.approved.v2", "2.0.0"),
        ("ps.timesheet.approved", "2.0.0"),
        ("ps.timesheet.approved.v3", None),
        ("ps.timesheet", None),
        ("ps.other.v1", None),
    ],
)
def test_a_type_names_the_highest_version_of_its_major(type_: str, version: str | None):
    found = HELD.resolve(type_)
    assert (found.version if found else None) == version


def test_what_is_deprecated_still_answers_when_nothing_else_does():
    only = offered("1.0.0", deprecated=("1.0.0",))
    assert only.resolve("ps.timesheet.approved.v1").reference == "ps.timesheet.approved@1.0.0"


@pytest.mark.parametrize(
    "dataschema",
    [
        "/v1/contracts/ps.timesheet.approved/versions/1.9.0",
        "http://localhost:8000/v1/contracts/ps.timesheet.approved/versions/1.9.0/artifact",
    ],
)
def test_a_dataschema_of_ours_decides_by_itself(dataschema: str):
    assert HELD.resolve("ps.timesheet.approved.v2", dataschema).version == "1.9.0"


def test_a_dataschema_of_ours_that_is_not_in_force_answers_to_nothing():
    missing = "/v1/contracts/ps.timesheet.approved/versions/7.0.0"
    assert HELD.resolve("ps.timesheet.approved", missing) is None


def test_somebody_elses_dataschema_says_nothing():
    assert HELD.resolve("ps.timesheet.approved.v1", "https://x.test/s.json").version == "1.10.0"


def test_a_type_is_split_into_subject_and_major_version():
    assert split_type("ps.timesheet.approved.v12") == ("ps.timesheet.approved", 12)
    assert split_type("ps.v2.approved") == ("ps.v2.approved", None)
    assert split_type("v2") == ("v2", None)


def test_the_snapshot_holds_what_is_in_force_and_every_owner(connection: Connection):
    for subject in ("ps.a", "ps.b"):
        stores.add_contract(
            connection,
            Contract(
                subject=subject,
                kind="event",
                format="jsonschema",
                domain="d",
                owner="delivery",
                system="psa",
                classification="internal",
                compatibility="backward",
                criticality="low",
                title=subject,
                residency="",
                created_at=NOON,
                created_by="ada",
            ),
        )
    for version, lifecycle in (
        ("1.0.0", "published"),
        ("1.1.0", "deprecated"),
        ("1.2.0", "draft"),
        ("1.3.0", "retired"),
    ):
        stores.add_version(
            connection,
            Version(
                subject="ps.a",
                version=version,
                lifecycle=lifecycle,
                media_type="application/json",
                digest="",
                artifact=version.encode(),
                created_at=NOON,
                created_by="ada",
            ),
        )
    held = stores.published(connection)
    assert [one.version for one in held.versions["ps.a"]] == ["1.0.0", "1.1.0"]
    assert held.resolve("ps.a").artifact == b"1.0.0"
    assert held.owners == {"ps.a": "delivery", "ps.b": "delivery"}


def test_a_payload_is_told_where_it_breaks_its_contract():
    check = validator(
        b'{"type": "object", "required": ["id"], "properties": {"id": {"type": "string"},'
        b'"amount": {"type": "object", "properties": {"amount": {"type": "string"}}},'
        b'"at": {"type": "string", "format": "date-time"}}}'
    )
    assert check({"id": "x", "at": "2026-03-02T12:00:00Z"}) == []
    problems = check({"amount": {"amount": 3.5}, "at": "yesterday"})
    assert sorted(problem.pointer for problem in problems) == ["", "/amount/amount", "/at"]


def test_no_more_than_twenty_problems_are_listed():
    check = validator(b'{"items": {"type": "string"}}')
    assert len(check(list(range(1_000)))) == 20


def test_a_hostile_pattern_is_matched_in_linear_time():
    check = validator(b'{"pattern": "^(a+)+$"}')
    assert len(check("a" * 100_000 + "b")) == 1


def test_a_schema_that_is_none_is_refused():
    with pytest.raises(ArtifactError, match="not valid"):
        validator(b'{"type": "text"}')


def test_a_schema_that_recurses_twice_at_every_step_stalls_nothing():
    check = validator(
        b'{"type": "object", "properties": {"n": {"$ref": "#"}},'
        b'"allOf": [{"properties": {"n": {"$ref": "#"}}}]}'
    )
    good: dict[str, object] = {}
    bad: object = 3
    for _ in range(40):
        good, bad = {"n": good}, {"n": bad}
    assert check(good) == []
    [problem] = check(bad)
    assert problem.pointer == "/n" * 40
