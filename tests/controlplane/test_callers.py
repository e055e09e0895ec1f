"""Who is taken for whom: loopback, tokens, foreign pages, keys over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, opened
from projecting import installation

from controlplane.identity.key import mint


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    databases = installation(tmp_path)
    with opened(databases, tmp_path) as one:
        yield one
    databases.close()


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_on_this_machine_one_person_needs_no_token(house: House):
    assert house.get("/v1/me")["actor"] == "local"
    assert "steward" in house.get("/v1/me")["roles"]


def test_a_key_is_shown_once_and_acts_in_its_own_name(house: House):
    made = house.post("/v1/keys", {"name": "billing", "role": "contributor"}, expect=201)
    me = house.http.get("/v1/me", headers=bearer(made["token"])).json()
    assert me == {
        "actor": f"key:{made['id']}",
        "name": "billing",
        "role": "contributor",
        "roles": ["contributor", "viewer"],
        "sources": [],
    }
    (listed,) = house.get("/v1/keys")["items"]
    assert (listed["id"], listed["live"]) == (made["id"], True)
    assert made["token"] not in str(listed)
    asked = f"key:{made['id']},key:0123456789ab,local"
    named = house.get("/v1/names", actor=asked)["items"]
    assert named == [{"actor": me["actor"], "name": "billing"}]


def test_a_key_may_be_made_by_its_holder_so_that_its_secret_never_travels(house: House):
    one = mint()
    body = {"name": "erp", "role": "viewer", "id": one.id, "hash": one.hash}
    assert "token" not in house.post("/v1/keys", body, expect=201)
    assert house.http.get("/v1/me", headers=bearer(one.token)).status_code == 200
    assert house.http.post("/v1/keys", json={**body, "hash": None}).status_code == 422


def test_a_revoked_key_opens_nothing_from_the_next_request_on(house: House):
    made = house.post("/v1/keys", {"name": "x", "role": "viewer"}, expect=201)
    house.post(f"/v1/keys/{made['id']}/revoke", {})
    answer = house.http.get("/v1/me", headers=bearer(made["token"]))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert house.http.post("/v1/keys/none/revoke").status_code == 404


def test_a_key_expires_at_a_time_to_come(house: House):
    for at in ("2020-01-01T00:00:00Z", "2030-01-01T00:00:00"):
        body = {"name": "x", "role": "viewer", "expires_at": at}
        assert house.http.post("/v1/keys", json=body).status_code == 422
    body = {"name": "x", "role": "viewer", "expires_at": "2999-01-01T00:00:00Z"}
    house.post("/v1/keys", body, expect=201)


@pytest.mark.parametrize("value", ["Basic dXNlcjpwYXNz", "Bearer ", "Bearer cp_000000000000_x"])
def test_a_wrong_token_is_turned_away_even_on_this_machine(house: House, value: str):
    assert house.http.get("/v1/me", headers={"authorization": value}).status_code == 401


def test_a_name_that_leads_here_from_elsewhere_is_turned_away(house: House):
    answer = house.http.get("/v1/teams", headers={"host": "rebound.example"})
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/foreign-request"


def test_a_page_of_another_site_cannot_act_for_the_person(house: House):
    headers = {"origin": "https://evil.example"}
    answer = house.http.put("/v1/teams/finance", json={"name": "F"}, headers=headers)
    assert answer.status_code == 403
    near = {"origin": "http://localhost:8501"}
    assert house.http.put("/v1/teams/finance", json={"name": "F"}, headers=near).status_code == 201


def test_only_a_steward_publishes(house: House):
    made = house.post("/v1/keys", {"name": "x", "role": "contributor"}, expect=201)
    path = "/v1/contracts/a.b/versions/1.0.0/transitions"
    refused = house.http.post(path, json={"to": "published"}, headers=bearer(made["token"]))
    assert refused.status_code == 403
    asked = house.http.post(path, json={"to": "in_review"}, headers=bearer(made["token"]))
    assert asked.status_code == 404
