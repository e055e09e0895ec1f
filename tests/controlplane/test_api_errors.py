"""What is wrong with a request is answered with a problem that says what to do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from house import YAML, House, opened
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from projecting import installation
from timework import CALENDAR, PROCESS, ROUTING, RULESET, SLA

from controlplane.api.known import known_to
from controlplane.database import Databases

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("errors")
    databases: Databases = installation(folder)
    with opened(databases, folder, max_body_bytes=50_000) as one:
        yield one
    databases.close()


def problem(answer: httpx.Response, status: int, type_: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"/problems/{type_}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("content", "type_"),
    [
        (b"{", "malformed-request"),
        (b"", "invalid-request"),
        (b"\xff\xfe", "malformed-request"),
        (b'{"name": NaN}', "malformed-request"),
        (b"[" * 10_000, "malformed-request"),
        (b'{"name": 1}', "invalid-request"),
        (b'{"name": "F", "nickname": "x"}', "invalid-request"),
        (b"[]", "invalid-request"),
        (b"null", "invalid-request"),
    ],
)
def test_a_body_that_cannot_be_read_is_400(house: House, content: bytes, type_: str):
    problem(house.http.put("/v1/teams/finance", content=content, headers=JSON), 400, type_)


def test_a_field_of_the_wrong_type_is_pointed_at(house: House):
    answer = house.http.put("/v1/teams/finance", json={"name": "F", "members": ["a", 1]})
    assert problem(answer, 400, "invalid-request")["errors"][0]["pointer"] == "/members/1"


def test_a_parameter_of_the_wrong_type_is_named(house: House):
    for query in ({"limit": "many"}, {"limit": "0"}, {"limit": "501"}):
        body = problem(house.http.get("/v1/contracts", params=query), 400, "invalid-request")
        assert body["errors"][0]["pointer"] == "/limit"


@pytest.mark.parametrize(
    ("path", "query", "pointer"),
    [
        ("/v1/contracts", {"cursor": "zzz"}, "/cursor"),
        ("/v1/audit", {"cursor": "%%%"}, "/cursor"),
        ("/v1/deliveries", {"cursor": "bm9wZQ"}, "/cursor"),
        ("/v1/exceptions", {"cursor": "Wy01LCIiXQ"}, "/cursor"),  # [-5, ""]
        ("/v1/exceptions", {"cursor": "WzE3ODAwMDAwMDAwMDAwMDAsICJhYmMiXQ"}, "/cursor"),  # cases'
        ("/v1/deprecations", {"cursor": "Wy01LCIiXQ"}, "/cursor"),
        ("/v1/exceptions", {"as_of": "yesterday"}, "/as_of"),
        ("/v1/exceptions", {"as_of": "2026-03-02T09:30:00"}, "/as_of"),
        ("/v1/exceptions", {"sort": "luck"}, "/sort"),
        ("/v1/exceptions", {"min_amount": "much"}, "/min_amount"),
        ("/v1/deliveries", {"status": "lost"}, "/status"),
    ],
)
def test_a_parameter_that_means_nothing_is_400(
    house: House, path: str, query: dict[str, str], pointer: str
):
    body = problem(house.http.get(path, params=query), 400, "invalid-request")
    assert body["errors"][0]["pointer"] == pointer


def test_what_is_not_there_is_404(house: House):
    for path in (
        "/nowhere",
        "/v1/teams/nobody",
        "/v1/contracts/no.such",
        "/v1/contracts/no.such/versions/1.0.0",
        "/v1/contracts/no.such/versions/1.0.0/artifact",
        "/v1/processes/none",
        "/v1/processes/none/versions",
        "/v1/processes/none/instances",
        "/v1/processes/none/health",
        "/v1/processes/none/flow",
        "/v1/processes/none/variants",
        "/v1/processes/none/departures",
        "/v1/instances/none",
        "/v1/instances/none/timeline",
        "/v1/instances/none/decisions",
        "/v1/instances/none/trace",
        "/v1/exceptions/EX-NONE",
        "/v1/decisions/none",
        "/v1/deliveries/none",
        "/v1/slas/none",
        "/v1/calendars/none",
        "/v1/mappings/none",
        "/v1/routing",
        "/v1/rulesets/none/versions",
        "/v1/rulesets/none/versions/1.0.0",
    ):
        problem(house.http.get(path), 404, "not-found")
    for path, body in (
        ("/v1/contracts/no.such/versions", {"document": {}}),
        ("/v1/contracts/no.such/versions/1.0.0/transitions", {"to": "published"}),
        ("/v1/rulesets/none/versions/1.0.0/transitions", {"to": "active"}),
        ("/v1/exceptions/EX-NONE/acknowledge", {}),
        ("/v1/routing/test", {}),
    ):
        problem(house.http.post(path, json=body), 404, "not-found")


def test_a_method_that_is_not_there_names_those_that_are(house: House):
    answer = house.http.delete("/v1/teams/finance")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD, PUT"


def test_a_body_over_the_limit_is_413(house: House):
    body = {"name": "F" * 60_000}
    problem(house.http.put("/v1/teams/finance", json=body), 413, "too-large")


def test_a_document_over_the_limit_is_413_however_it_is_sent(house: House):
    def pieces() -> Iterator[bytes]:
        for _ in range(60):
            yield b"#" * 1_000

    for content in (b"#" * 60_000, pieces()):
        answer = house.http.put("/v1/calendars/office", content=content, headers=YAML)
        problem(answer, 413, "too-large")


def test_a_window_that_is_none_is_400(house: House):
    house.http.put("/v1/processes/time-to-invoice", content=PROCESS, headers=YAML)
    for window in ("week", "0d", "-1d"):
        answer = house.http.get("/v1/processes/time-to-invoice/health", params={"window": window})
        assert problem(answer, 400, "invalid-request")["errors"][0]["pointer"] == "/window"


def test_a_rule_set_whose_own_test_case_fails_is_422_at_its_line(house: House):
    house.http.put("/v1/processes/time-to-invoice", content=PROCESS, headers=YAML)
    wrong = RULESET.replace("fires: [TS-1]", "fires: []")
    for text, words in (
        (wrong, "time without a rate"),
        (RULESET.replace("t.rate", "t.rat"), "rat"),
    ):
        answer = house.http.put(
            "/v1/rulesets/time-billing/versions/1.0.0", content=text.encode(), headers=YAML
        )
        body = problem(answer, 422, "invalid-ruleset")
        assert words in body["detail"]
        assert body["errors"][0]["line"] > 0


def test_a_media_type_that_is_not_read_is_415(house: House):
    answer = house.http.put(
        "/v1/teams/finance", content=b'{"name":"F"}', headers={"content-type": "text/plain"}
    )
    problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("/v1/calendars/office", CALENDAR.replace("zone:", "zoom:"), "line"),
        ("/v1/calendars/other", CALENDAR, "address"),
        ("/v1/processes/time-to-invoice", PROCESS.replace("owner: finance\nkeys", "keys"), "owner"),
        ("/v1/processes/other", PROCESS, "address"),
        ("/v1/slas/time-invoiced", SLA, "calendar"),
        ("/v1/slas/time-invoiced", SLA.replace("business_days: 2", "weeks: 2"), "line"),
        ("/v1/routing", ROUTING.replace("receiver: delivery-mail}\n", "receiver: nobody}\n"), "no"),
        (
            "/v1/rulesets/time-billing/versions/1.0.0",
            RULESET.replace("process: time-to-invoice", "process: none-such"),
            "no process",
        ),
        ("/v1/rulesets/time-billing/versions/2.0.0", RULESET, "address"),
        ("/v1/rulesets/time-billing/versions/1.0.0", RULESET.replace("missing(", "eval("), "line"),
        ("/v1/mappings/m", "mapping: m\nrules: 1\n", "line"),
        ("/v1/calendars/office", "a: &x 1\nb: *x\n", "alias"),
        ("/v1/calendars/office", "a: 1\na: 2\n", "twice"),
    ],
)
def test_a_document_that_does_not_fit_is_422_and_says_where(
    house: House, path: str, text: str, words: str
):
    answer = house.http.put(path, content=text.encode(), headers=YAML)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert answer.json()["errors"]


@pytest.mark.parametrize("content", [b"", b"  \n", b"\xff\xfe"])
def test_a_document_without_text_is_400(house: House, content: bytes):
    answer = house.http.put("/v1/calendars/office", content=content, headers=YAML)
    problem(answer, 400, "invalid-request")
    answer = house.http.post("/v1/contracts/a.b/versions", content=b" ", headers=JSON)
    problem(answer, 400, "invalid-request")


def test_what_a_command_refuses_is_answered_as_it_was_refused(house: House):
    body = {"subject": "a.b", "kind": "event", "format": "jsonschema", "owner": "nobody"}
    refused = problem(house.http.post("/v1/contracts", json=body), 422, "invalid-contract")
    assert refused["errors"][0]["pointer"] == "/owner"


def test_an_error_of_ours_tells_nothing_of_how_the_program_is_built(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        raise LookupError("select * from secrets")

    monkeypatch.setattr("controlplane.api.teams.teams.list_teams", broken)
    body = problem(house.http.get("/v1/teams"), 500, "internal-error")
    assert "secrets" not in str(body)


@pytest.mark.parametrize(
    ("path", "query", "meant"),
    [
        ("/v1/exceptions", {"state": "open"}, "status"),
        ("/v1/exceptions", {"statuss": "open", "limit": 3}, "status"),
        ("/v1/contracts", {"onwer": "finance"}, "owner"),
        ("/v1/teams", {"owner": "finance"}, "There is none."),
        ("/v1/kpis", {"by": "practise"}, "practice"),
        ("/v1/kpis", {"within": "nonsense=1"}, "currency"),
    ],
)
def test_what_a_list_does_not_know_is_refused_with_the_nearest_that_it_does(
    house: House, path: str, query: dict[str, Any], meant: str
):
    body = problem(house.http.get(path, params=query), 400, "invalid-request")
    assert meant in body["detail"]
    assert body["errors"][0]["pointer"] == f"/{next(iter(query))}"


def test_a_list_that_comes_whole_is_one_page(house: House):
    assert house.get("/v1/teams", limit=500)["next_cursor"] is None


def test_every_route_knows_its_own_query_parameters(house: House):
    spec = house.http.get("/schema/openapi.json").json()
    told = {
        operation["operationId"]: {
            one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"
        }
        for item in spec["paths"].values()
        for operation in item.values()
    }
    assert isinstance(house.http, TestClient)
    handlers = {
        handler
        for route in house.http.app.routes
        if isinstance(route, HTTPRoute)
        for handler, _ in route.route_handler_map.values()
        if handler.operation_id in told
    }
    assert {str(one.operation_id): set(known_to(one)) for one in handlers} == told
