"""Impact over HTTP: of a version that stands, and of a document that nobody has registered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, opened
from projecting import ByReference, drain, installation
from small_billing import CONTRACTS, install_in_log

from controlplane.pipeline.processing import Processing

TIME = "/v1/contracts/sb.time.approved"
WITHOUT_AMOUNT = {
    "type": "object",
    "required": ["engagement_id", "timesheet_id"],
    "properties": {"engagement_id": {"type": "string"}, "timesheet_id": {"type": "string"}},
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("impact")
    databases = installation(folder)
    install_in_log(databases)
    drain(databases, Processing(ByReference()))
    with opened(databases, folder / "house") as one:
        yield one
    databases.close()


def test_a_document_that_nobody_registered_is_tried_and_nothing_is_kept(house: House):
    found = house.post(f"{TIME}/impact", WITHOUT_AMOUNT)
    assert (found["version"], found["against"]) == ("1.1.0", "1.0.0")
    assert [one["name"] for one in found["rules"] if one["touched"]] == ["no-purchase-order"]
    assert [one["version"] for one in house.get(TIME)["versions"]] == ["1.0.0"]
    wrapped = house.post(f"{TIME}/impact?against=1.0.0", {"version": "2.0.0", "document": "{}"})
    assert (wrapped["version"], wrapped["against"]) == ("2.0.0", "1.0.0")


def test_a_draft_is_held_against_what_is_published_and_the_first_version_against_nothing(
    house: House,
):
    house.post(f"{TIME}/versions", {"version": "2.0.0", "document": WITHOUT_AMOUNT}, expect=201)
    found = house.get(f"{TIME}/versions/2.0.0/impact")
    assert (found["against"], found["verdict"], found["broken"]) == ("1.0.0", "compatible", 1)
    first = house.get(f"{TIME}/versions/1.0.0/impact")
    assert (first["against"], first["changes"], first["broken"]) == (None, [], 0)
    assert [one["name"] for one in first["rules"]] == ["no-purchase-order"]


def test_a_system_says_what_it_uses_of_a_contract(house: House):
    said = house.put(f"{TIME}/consumers/portal", {"versions": "^1", "uses": ["timesheet_id"]})
    assert said["uses"] == ["timesheet_id"]
    assert house.get(TIME)["consumers"] == [said]
    found = house.post(f"{TIME}/impact", WITHOUT_AMOUNT)
    assert [(one["system"], one["touched"]) for one in found["consumers"]] == [("portal", [])]


def test_what_could_be_no_version_is_refused_with_its_place(house: House):
    document = {**CONTRACTS["sb.time.approved"], "type": "objekt"}
    refused = house.post(f"{TIME}/impact", document, expect=422)
    assert refused["errors"][0]["pointer"] == "/type"
    assert house.http.get(f"{TIME}/versions/9.0.0/impact").status_code == 404
    assert house.http.get(f"{TIME}/versions/1.0.0/impact?against=9.0.0").status_code == 404
