"""What the API promises of every call: idempotency, preconditions, headers, its own description."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import YAML, House, opened
from openapi_spec_validator import OpenAPIV31SpecValidator
from projecting import installation
from timework import CALENDAR, ROUTING

from controlplane.api.contracts import leading
from controlplane.api.inbox_csv import COLUMNS, render_csv
from controlplane.api.reference import VERSION

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("promises")
    databases = installation(folder)
    with opened(databases, folder) as one:
        yield one
    databases.close()


def test_the_same_key_has_one_effect_and_one_answer(house: House):
    body = {"name": "billing", "role": "viewer", "id": "0" * 12, "hash": "0" * 64}
    first = house.http.post("/v1/keys", json=body, headers={"idempotency-key": "k1"})
    again = house.http.post("/v1/keys", json=body, headers={"idempotency-key": "k1"})
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(house.get("/v1/keys")["items"]) == 1


def test_the_same_key_for_something_else_is_409(house: House):
    house.put("/v1/teams/one", {"name": "One"}, expect=201, **{"idempotency-key": "k2"})
    other = house.http.put("/v1/teams/one", json={"name": "Two"}, headers={"idempotency-key": "k2"})
    assert other.status_code == 409
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert house.get("/v1/teams/one")["name"] == "One"


def test_a_key_belongs_to_its_route(house: House):
    for team in ("three", "four"):
        house.put(f"/v1/teams/{team}", {"name": team}, expect=201, **{"idempotency-key": "k3"})


@pytest.mark.parametrize("key", ["", " ", "k" * 201])
def test_a_key_that_is_none_is_400(house: House, key: str):
    answer = house.http.put("/v1/teams/five", json={"name": "F"}, headers={"idempotency-key": key})
    assert answer.status_code == 400


def test_whoever_edits_a_team_names_what_they_have_seen(house: House):
    made = house.http.put("/v1/teams/six", json={"name": "A"}, headers={"if-none-match": "*"})
    assert made.status_code == 201
    tag = made.headers["etag"]
    assert house.http.get("/v1/teams/six").headers["etag"] == tag
    edited = house.http.put("/v1/teams/six", json={"name": "B"}, headers={"if-match": tag})
    assert edited.status_code == 200
    late = house.http.put("/v1/teams/six", json={"name": "C"}, headers={"if-match": tag})
    assert late.status_code == 412
    assert late.json()["type"] == "/problems/precondition-failed"
    again = house.http.put("/v1/teams/six", json={"name": "C"}, headers={"if-none-match": "*"})
    assert again.status_code == 412
    known = {"if-match": f'"x", {edited.headers["etag"]}'}
    assert house.http.put("/v1/teams/six", json={"name": "C"}, headers=known).status_code == 200


def test_whoever_edits_a_document_names_the_version_in_force(house: House):
    made = house.http.put("/v1/calendars/office", content=CALENDAR, headers=YAML)
    tag = made.headers["etag"]
    assert house.http.get("/v1/calendars/office").headers["etag"] == tag
    newer = CALENDAR.replace("1.0.0", "1.1.0")
    wrong = house.http.put(
        "/v1/calendars/office", content=newer, headers={**YAML, "if-match": '"1.0.9-x"'}
    )
    assert wrong.status_code == 412
    right = house.http.put("/v1/calendars/office", content=newer, headers={**YAML, "if-match": tag})
    assert right.status_code == 201
    changed = house.http.put(
        "/v1/calendars/office", content=newer.replace("Office", "Bureau"), headers=YAML
    )
    assert changed.status_code == 409


def test_a_version_can_be_kept_out_of_force(house: House):
    house.put_document("/v1/routing", ROUTING)
    newer = ROUTING.replace("1.0.0", "1.1.0")
    kept = house.http.put("/v1/routing", content=newer, headers=YAML, params={"activate": "false"})
    assert kept.json()["active"] is False
    assert house.get("/v1/routing")["version"] == "1.0.0"


def test_every_answer_tells_the_browser_to_trust_nothing(house: House):
    headers = house.http.get("/v1/teams").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_the_description_is_valid_and_names_every_operation_once(house: House):
    answer = house.http.get("/schema/openapi.json")
    document = answer.json()
    OpenAPIV31SpecValidator(document).validate()
    operations = [
        one["operationId"]
        for item in document["paths"].values()
        for method, one in item.items()
        if method in {"get", "put", "post", "delete"}
    ]
    assert len(set(operations)) == len(operations) > 50
    assert document["info"]["version"] == VERSION
    assert all(one.islower() for one in operations)


def test_the_page_of_the_description_needs_nothing_from_outside(house: House):
    page = house.http.get("/schema").text
    assert "<script" not in page
    assert "http://" not in page.replace("http://127.0.0.1", "")
    assert "https://" not in page
    assert "/v1/exceptions/{exception}/acknowledge" in page


def test_the_description_carries_the_version_of_the_distribution():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION


def test_the_process_says_that_it_lives_is_ready_and_how_it_does(house: House):
    assert house.get("/health/live") == {"status": "ok"}
    assert house.http.get("/metrics").headers["content-type"].startswith("text/plain")


def test_the_permalink_of_what_does_not_exist_leads_nowhere(house: House):
    assert house.http.get("/x/EX-ABCDEFGH", follow_redirects=False).status_code == 404


def test_head_is_answered_wherever_get_is_and_carries_no_body(house: House):
    for path in ("/v1/contracts", "/health/ready", "/metrics", "/schema", "/x/none", "/v1/slas/no"):
        asked = house.http.get(path, follow_redirects=False)
        answer = house.http.head(path, follow_redirects=False)
        assert (answer.status_code, answer.content) == (asked.status_code, b"")
        assert answer.headers["content-type"] == asked.headers["content-type"]


def test_head_is_refused_where_nothing_can_be_read(house: House):
    assert house.http.head("/v1/events").status_code == 405
    refused = house.http.put("/v1/contracts")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, HEAD, POST"


def test_what_is_in_force_leads_and_among_equals_the_highest():
    assert leading({"1.0.0": "retired", "1.2.0": "published", "1.10.0": "published"}) == (
        "1.10.0",
        "published",
    )
    assert leading({"2.0.0": "draft", "1.0.0": "deprecated"}) == ("1.0.0", "deprecated")
    assert leading({}) == (None, None)


def test_an_empty_download_still_names_its_columns():
    assert render_csv([]).strip() == ",".join(COLUMNS)
