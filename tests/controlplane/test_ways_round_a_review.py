"""Ways round a review that lead nowhere: a second key, a low number, a client of Kafka's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import House, opened
from projecting import ByReference, installation

from controlplane.replay import verify

Headers = dict[str, str]
SCHEMA = {"type": "object", "properties": {"hours": {"type": "number"}}}
POLICY = """
policy: said
version: 1.0.0
title: What we ask of records
blocks: error
rules:
  record-says-what-it-is:
    description: A record says what it is
    rationale: Whoever reads it was not there.
    severity: error
    formats: [avro]
    given: $
    then: {field: doc, function: truthy}
"""
OTHER = {"type": "object", "properties": {"hours": {"type": "string"}}}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("ways-round")
    databases = installation(folder)
    with opened(databases, folder, review_quorum=("high=2",), notice_days=()) as one:
        one.put("/v1/teams/finance", {"name": "Finance"}, expect=201)
        yield one
    databases.close()


def key(house: House, name: str) -> Headers:
    minted = house.post("/v1/keys", {"name": name, "role": "steward"}, expect=201)
    return {"authorization": f"Bearer {minted['token']}"}


def drafted(house: House, subject: str, who: Headers, **about: str) -> str:
    """Draft 1.0.0 of a new contract; return the path of its versions."""
    whose = {"kind": "event", "format": "jsonschema", "owner": "finance"}
    house.post("/v1/contracts", {**whose, "subject": subject, **about}, expect=201, **who)
    path = f"/v1/contracts/{subject}/versions"
    house.post(path, {"version": "1.0.0", "document": SCHEMA}, expect=201, **who)
    return path


def move(house: House, path: str, who: Headers, to: str, expect: int = 200, **more: Any) -> Any:
    return house.post(f"{path}/transitions", {"to": to, **more}, expect=expect, **who)


def test_a_second_key_makes_no_second_steward(house: House):
    ada, ben = key(house, "ada"), key(house, "ben")
    new_ada, new_ben = key(house, "ada"), key(house, "ben")
    path = f"{drafted(house, 'ps.hours.noted', ada, criticality='high')}/1.0.0"
    move(house, path, ada, "in_review")
    mine = house.post(f"{path}/approvals", {}, expect=409, **new_ada)
    assert mine["type"] == "/problems/own-work"
    once = house.post(f"{path}/approvals", {}, expect=201, **ben)
    again = house.post(f"{path}/approvals", {}, expect=201, **new_ben)
    assert again["steward"] == once["steward"]
    assert move(house, path, ben, "approved", 409)["missing"]["lacking"] == 1
    named = {one["name"]: one["id"] for one in house.get("/v1/keys")["items"]}
    move(house, path, new_ada, "draft")
    both = [once["steward"], f"key:{named['ben']}"]
    refused = move(house, path, ada, "in_review", 422, reviewers=both)
    assert refused["errors"][0]["pointer"] == "/reviewers"


def test_a_second_key_publishes_no_draft_of_the_first(house: House):
    path = f"{drafted(house, 'ps.hours.kept', key(house, 'eva'), criticality='high')}/1.0.0"
    refused = move(house, path, key(house, "eva"), "published", 409)
    assert refused["type"] == "/problems/own-work"


def test_who_sent_a_version_before_it_was_said_to_end_uses_it_still(house: House):
    eva, fay = key(house, "eva"), key(house, "fay")
    path = drafted(house, "ps.hours.sent", eva, criticality="low")
    move(house, f"{path}/1.0.0", fay, "published")
    told = {"specversion": "1.0", "id": "h-1", "source": "urn:psa", "data": {"hours": 1}}
    house.send({**told, "type": "ps.hours.sent.v1"})
    move(house, f"{path}/1.0.0", fay, "deprecated")
    [seen] = house.get(f"{path}/1.0.0/review")["observed"]
    assert (seen["system"], seen["times"]) == ("urn:psa", 1)
    assert move(house, f"{path}/1.0.0", fay, "retired", 409)["consumers"] == ["urn:psa"]
    assert verify(house.databases, ByReference()).equal


def test_a_number_below_what_is_published_is_held_against_it_all_the_same(house: House):
    fay = key(house, "gil")
    path = drafted(house, "ps.hours.low", fay, criticality="low")
    move(house, f"{path}/1.0.0", fay, "published")
    for low in ("0.9.0", "1.0.0-rc.1"):
        house.post(path, {"version": low, "document": OTHER}, expect=201, **fay)
        [found] = move(house, f"{path}/{low}", fay, "published", 409)["findings"]
        assert (found["rule"], found["against"]) == ("TYPE_CHANGED", "1.0.0")


def test_a_schema_that_rules_of_the_house_block_is_registered_by_no_kafka_client(house: House):
    house.put_document("/v1/lint-policies/said", POLICY)
    path = "/apis/ccompat/v7/subjects/hours-value/versions"
    record = '{"type": "record", "name": "Hours", "fields": []DOC}'
    refused = house.post(path, {"schema": record.replace("DOC", "")}, expect=422)
    assert (refused["error_code"], "record-says-what-it-is" in refused["message"]) == (42205, True)
    assert house.get("/v1/contracts", q="hours-value")["items"] == []
    house.post(path, {"schema": record.replace("DOC", ', "doc": "Hours of a day"')})
    assert house.http.delete("/v1/lint-policies/said").status_code == 200
