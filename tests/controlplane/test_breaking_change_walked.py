"""Two stewards and an author walk a breaking change from draft to retirement, over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from house import House, opened
from projecting import ByReference, installation

from controlplane.database import reading
from controlplane.pipeline.command import Command, Outcome
from controlplane.replay import verify
from governance.ledger import stores as ledger

SUBJECT = "ps.rate.agreed"
PATH = f"/v1/contracts/{SUBJECT}/versions"
FIRST = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"rate": {"type": "number"}, "note": {"type": "string"}},
}
BROKEN = {**FIRST, "required": ["rate"]}
ROUTING = """
routing: house
version: 1.0.0
receivers:
  - {receiver: desk, webhook: {url: "https://desk.example.com/in"}}
  - {receiver: readers, webhook: {url: "https://readers.example.com/in"}}
route:
  receiver: desk
  routes:
    - {receiver: readers, matchers: ['change =~ "published|deprecated|retired"']}
"""
LATER = "2099-01-01T00:00:00Z"

Headers = dict[str, str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("review")
    databases = installation(folder)
    with opened(databases, folder, review_quorum=("high=2",), notice_days=(), quiet_days=1) as one:
        one.put("/v1/teams/finance", {"name": "Finance"}, expect=201)
        one.put_document("/v1/routing", ROUTING)
        yield one
    databases.close()


@pytest.fixture(scope="module")
def people(house: House) -> dict[str, Headers]:
    return {
        name: key(house, name, role)
        for name, role in (("ada", "contributor"), ("ben", "steward"), ("cleo", "steward"))
    }


def key(house: House, name: str, role: str) -> Headers:
    minted = house.post("/v1/keys", {"name": name, "role": role}, expect=201)
    return {"authorization": f"Bearer {minted['token']}"}


def move(
    house: House, who: Headers, version: str, to: str, expect: int = 200, **more: Any
) -> dict[str, Any]:
    answer: dict[str, Any] = house.post(
        f"{PATH}/{version}/transitions", {"to": to, **more}, expect=expect, **who
    )
    return answer


def test_a_breaking_change_is_reviewed_waived_published_said_to_end_and_retired(
    house: House, people: dict[str, Headers]
):
    ada, ben, cleo = people["ada"], people["ben"], people["cleo"]
    about = {"subject": SUBJECT, "kind": "event", "format": "jsonschema", "owner": "finance"}
    house.post("/v1/contracts", {**about, "criticality": "high"}, expect=201, **ada)
    _first_is_signed_by_two(house, ada, ben, cleo)
    _number_that_promises_too_much_is_sent_back(house, ada, ben)
    _major_version_passes_by_a_waiver(house, ada, ben, cleo)
    _former_version_ends(house, ben)
    _ledger_tells_the_story(house)


def _first_is_signed_by_two(house: House, ada: Headers, ben: Headers, cleo: Headers) -> None:
    house.post(PATH, {"version": "1.0.0", "document": FIRST}, expect=201, **ada)
    alone = move(house, ben, "1.0.0", "published", 409)
    assert (alone["type"], alone["missing"]["lacking"]) == ("/problems/approvals-missing", 1)
    nobody = move(house, ada, "1.0.0", "in_review", 422, reviewers=["ada", "ben"])
    assert nobody["errors"][0]["pointer"] == "/reviewers/0"
    move(house, ada, "1.0.0", "in_review", reviewers=["ben", "cleo"])
    signing = f"{PATH}/1.0.0/approvals"
    house.post(signing, {"comment": "fine"}, expect=201, **ben)
    short = move(house, ben, "1.0.0", "approved", 409)
    assert short["missing"]["of"] == [_actor(house, "cleo")]
    house.post(signing, {}, expect=201, **cleo)
    move(house, cleo, "1.0.0", "approved")
    move(house, cleo, "1.0.0", "published")


def _number_that_promises_too_much_is_sent_back(house: House, ada: Headers, ben: Headers) -> None:
    told = house.post(f"/v1/contracts/{SUBJECT}/check", BROKEN, **ada)
    assert "version-needs-major" in {one["rule"] for one in told["findings"]}
    house.post(PATH, {"version": "1.1.0", "document": BROKEN}, expect=201, **ada)
    move(house, ada, "1.1.0", "in_review")
    review = house.get(f"{PATH}/1.1.0/review")
    [advice] = [one for one in review["blocking"] if one["rule"] == "version-needs-major"]
    assert advice["after"] == "2.0.0"
    asked = house.http.get(f"{PATH}/1.1.0/review", headers=ben).json()
    assert (asked["yours"], asked["demands"]["stewards"]) == (True, 2)
    [waiting] = house.http.get("/v1/reviews", headers=ben).json()["items"]
    assert (waiting["yours"], waiting["missing"]["lacking"]) == (True, 2)
    [waiting] = house.http.get("/v1/reviews", headers=ada).json()["items"]
    assert (waiting["yours"], waiting["names"][waiting["author"]]) == (False, "ada")
    remark = {"finding": advice["id"], "text": "call it 2.0.0"}
    house.post(f"{PATH}/1.1.0/comments", remark, expect=201, **ben)
    assert move(house, ben, "1.1.0", "draft", 422)["errors"][0]["pointer"] == "/comment"
    move(house, ben, "1.1.0", "draft", comment="a breaking change is a major version")


def _major_version_passes_by_a_waiver(
    house: House, ada: Headers, ben: Headers, cleo: Headers
) -> None:
    drafted = house.post(PATH, {"version": "2.0.0", "document": BROKEN}, expect=201, **ada)
    broken = [one["id"] for one in drafted["findings"] if one["level"] == "breaking"]
    move(house, ada, "2.0.0", "in_review")
    for steward in (ben, cleo):
        house.post(f"{PATH}/2.0.0/approvals", {}, expect=201, **steward)
    move(house, ben, "2.0.0", "approved")
    refused = move(house, ben, "2.0.0", "published", 409)
    assert [one["id"] for one in refused["findings"]] == broken
    waiving = {"owner": "finance", "findings": broken, "reason": "agreed", "expires_at": LATER}
    asked = house.post(f"{PATH}/2.0.0/waivers", waiving, expect=201, **ada)
    assert asked["granted_by"] is None
    move(house, ben, "2.0.0", "published", 409)
    house.post(f"{PATH}/2.0.0/waivers/{asked['id']}/approvals", {}, **cleo)
    review = house.get(f"{PATH}/2.0.0/review")
    assert (review["blocking"], review["waivers"][0]["standing"]) == ([], "active")
    move(house, ben, "2.0.0", "published")


def _former_version_ends(house: House, ben: Headers) -> None:
    move(house, ben, "1.0.0", "deprecated", successor="2.0.0")
    served = house.http.get(f"{PATH}/1.0.0/artifact").headers
    assert served["deprecation"].startswith("@")
    assert served["link"].endswith(f'{PATH}/2.0.0>; rel="successor-version"')
    event = {
        "specversion": "1.0",
        "type": f"{SUBJECT}.v1",
        "source": "urn:psa",
        "id": "r-1",
        "data": {"rate": 1},
    }
    answer = house.http.post(
        "/v1/events", json=event, headers={"content-type": "application/cloudevents+json"}
    )
    assert answer.headers["deprecation"] == served["deprecation"]
    house.settled()
    still = move(house, ben, "1.0.0", "retired", 409)
    assert (still["type"], still["consumers"]) == ("/problems/consumers-remain", ["urn:psa"])
    reader = {"versions": "^1.0", "contact": "portal@example.com"}
    house.put(f"/v1/contracts/{SUBJECT}/consumers/portal", reader)
    assert move(house, ben, "1.0.0", "retired", 409)["consumers"] == ["portal", "urn:psa"]
    [ending] = house.get("/v1/deprecations")["items"]
    assert (ending["version"], ending["successor"], ending["blocked"]) == ("1.0.0", "2.0.0", True)
    assert [(one["system"], one["stranded"]) for one in ending["readers"]] == [("portal", True)]
    assert [one["system"] for one in ending["observed"]] == ["urn:psa"]
    house.put(f"/v1/contracts/{SUBJECT}/consumers/portal", {**reader, "versions": "^2.0"})
    assert house.get(f"{PATH}/1.0.0/review")["readers"] == []
    assert retired_after(house, timedelta(days=2)).status == 200


def retired_after(house: House, passed: timedelta) -> Outcome:
    """Ask for retirement when nobody has sent events of the version for *passed*."""
    body = {"subject": SUBJECT, "version": "1.0.0", "to": "retired", "demands": {"quiet_days": 1}}
    command = Command(
        id="retired-later",
        name="contract:version:transition",
        actor="key:ben",
        roles=("steward",),
        body=body,
        at=datetime.now(UTC) + passed,
    )
    return house.commands.submit(command)


def _ledger_tells_the_story(house: House) -> None:
    with reading(house.databases.state) as state:
        entries = ledger.find_entries(state, subject=SUBJECT, limit=100)
    done = [one.action.rpartition(":")[2] for one in reversed(entries)]
    assert done == [
        *("registered", "drafted", "in_review", "signed", "signed", "approved", "published"),
        *("drafted", "in_review", "remarked", "sent-back"),
        *("drafted", "in_review", "signed", "signed", "approved", "waiver-asked", "waived"),
        *("published", "deprecated", "declared", "declared", "retired"),
    ]
    told = [one["receiver"] for one in house.get("/v1/deliveries")["items"]]
    assert told == ["readers"] * 4  # two versions published, one deprecated and retired
    assert verify(house.databases, ByReference()).equal


def _actor(house: House, name: str) -> str:
    [found] = [one["id"] for one in house.get("/v1/keys")["items"] if one["name"] == name]
    return f"key:{found}"


def test_a_contract_is_handed_over_and_another_like_it_is_told(house: House):
    house.put("/v1/teams/delivery", {"name": "Delivery"}, expect=201)
    about = {"kind": "event", "format": "jsonschema", "owner": "finance", "criticality": "low"}
    about |= {"classification": "personal", "residency": "eu"}
    fields = {name: {"type": "string"} for name in ("person_id", "day", "hours", "task")}
    for subject in ("hr.day.worked", "ps.time.noted"):
        house.post("/v1/contracts", {**about, "subject": subject}, expect=201)
        document = {"type": "object", "properties": fields}
        path = f"/v1/contracts/{subject}/versions"
        house.post(path, {"version": "1.0.0", "document": document}, expect=201)
    [alike] = house.get("/v1/contracts/hr.day.worked/similar")["items"]
    assert (alike["subject"], alike["likeness"]) == ("ps.time.noted", 1.0)
    handed = {"owner": "delivery", "reason": "they keep the hours"}
    house.put("/v1/contracts/hr.day.worked/owner", handed)
    owners = house.get("/v1/contracts/hr.day.worked/owners")["items"]
    assert [(one["owner"], one["reason"]) for one in owners] == [
        ("finance", "registered"),
        ("delivery", "they keep the hours"),
    ]
    again = house.post("/v1/contracts", {**about, "subject": "hr.day.worked"}, expect=200)
    assert again["owner"] == "delivery"
    house.put("/v1/contracts/no.such/owner", handed, expect=404)


def test_a_version_is_promoted_and_a_waiver_is_taken_back(house: House):
    path = "/v1/contracts/ps.task.split/versions"
    about = {"kind": "event", "format": "jsonschema", "owner": "finance", "criticality": "low"}
    house.post("/v1/contracts", {**about, "subject": "ps.task.split"}, expect=201)
    house.post(path, {"version": "1.0.0", "document": FIRST}, expect=201)
    assert house.post(f"{path}/1.0.0/promotions", {"environment": "test"}, expect=409)["type"] == (
        "/problems/environment-skipped"
    )
    house.post(f"{path}/1.0.0/promotions", {"environment": "dev"}, expect=201)
    house.post(f"{path}/1.0.0/transitions", {"to": "published"})
    drafted = house.post(path, {"version": "2.0.0", "document": BROKEN}, expect=201)
    broken = [one["id"] for one in drafted["findings"] if one["level"] == "breaking"]
    waiving = {"owner": "finance", "findings": broken, "reason": "agreed", "expires_at": LATER}
    given = house.post(f"{path}/2.0.0/waivers", waiving, expect=201)
    assert given["granted_by"] == "local"
    house.post(f"{path}/2.0.0/waivers/{given['id']}/withdraw", {})
    house.post(f"{path}/2.0.0/transitions", {"to": "published"}, expect=409)
    [listed] = house.get("/v1/waivers", standing="withdrawn")["items"]
    assert listed["id"] == given["id"]
    other = house.post(f"{path}/2.0.0/waivers", waiving, expect=201)
    pages = {
        standing: house.get("/v1/waivers", standing=standing, limit=1)
        for standing in ("withdrawn", "active")
    }
    assert {name: page["items"][0]["standing"] for name, page in pages.items()} == {
        name: name for name in pages
    }
    house.post(f"{path}/2.0.0/waivers/{other['id']}/withdraw", {})
    assert house.get(f"{path}/1.0.0/review")["promotions"][0]["environment"] == "dev"
