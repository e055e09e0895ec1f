"""A key speaks for the sources that it names, and takes nothing back that another has said."""

from collections.abc import Iterator
from typing import Any

import pytest
from house import House, opened
from projecting import NOON, ByReference, installation
from small_billing import event, install_in_log

from controlplane.identity.role import Actor, Role
from controlplane.identity.speaking import spoken
from controlplane.replay import verify
from observability.event import ProcessEvent
from observability.intake.rejection import Flaw
from observability.intake.retraction import RETRACTED

EUROS = {"amount": "100.00", "currency": "EUR"}
WHO = {"erp": ["urn:erp"], "psa": ["urn:psa", "urn:psa:*"], "anyone": []}


@pytest.mark.parametrize(
    ("sources", "source", "may"),
    [
        ((), "urn:psa", True),
        (("urn:psa",), "urn:psa", True),
        (("urn:psa",), "urn:psa:two", False),
        (("urn:psa:*",), "urn:psa:two", True),
        (("urn:erp", "urn:psa"), "urn:crm", False),
    ],
)
def test_a_key_that_names_sources_tells_of_these_alone(
    sources: tuple[str, ...], source: str, *, may: bool
):
    by = Actor(name="key:1", role=Role.CONTRIBUTOR, sources=sources)
    told = ProcessEvent(source=source, id="1", type="sb.signed", occurred_at=NOON, data={})
    found = spoken(by, told)
    assert found is told if may else isinstance(found, Flaw) and found.reason == "foreign-source"


@pytest.mark.parametrize(
    ("role", "sources", "may"),
    [
        (Role.CONTRIBUTOR, (), False),
        (Role.STEWARD, (), False),
        (Role.CONTRIBUTOR, ("urn:psa",), True),
        (Role.CONTRIBUTOR, ("urn:erp",), False),
        (Role.OPERATOR, ("urn:erp",), True),
        (Role.ADMIN, (), True),
    ],
)
def test_what_a_source_said_is_taken_back_by_its_own_key_or_an_operator(
    role: Role, sources: tuple[str, ...], *, may: bool
):
    said = {"id": "t-1", "reason": "twice", "by": "somebody else"}
    back = ProcessEvent(source="urn:psa", id="1", type=RETRACTED, occurred_at=NOON, data=said)
    found = spoken(Actor(name="key:1", role=role, sources=sources), back)
    if may:
        assert isinstance(found, ProcessEvent)
        assert found.data["by"] == "key:1"
    else:
        assert isinstance(found, Flaw)
        assert found.reason == "retraction-not-allowed"


class Callers:
    """A house with some keys of contributors; `name` of them asks."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.keys = {
            name: house.post(
                "/v1/keys", {"name": name, "role": "contributor", "sources": sources}, expect=201
            )
            for name, sources in WHO.items()
        }

    def ask(self, name: str, method: str, path: str, body: Any) -> Any:
        headers = {"authorization": f"Bearer {self.keys[name]['token']}"}
        if path == "/v1/events":
            headers["content-type"] = "application/cloudevents+json"
        answer = self.house.http.request(method, path, json=body, headers=headers)
        self.house.settled()
        return answer

    def retract(self, name: str, id_: str) -> list[str]:
        """Return the reasons for which the retraction is held."""
        said = event(RETRACTED, f"{name}-{id_}", NOON, {"id": id_, "reason": "twice"})
        answer = self.ask(name, "POST", "/v1/events", said).json()
        return [one["reason"] for one in answer["quarantined"]]


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    folder = tmp_path_factory.mktemp("callers")
    databases = installation(folder)
    install_in_log(databases)
    with opened(databases, folder) as house:
        told = [
            event("sb.time.approved", f"t-{n}", NOON, {
                "engagement_id": f"E-{n}", "timesheet_id": f"T-{n}", "amount": EUROS
            })
            for n in (1, 2)
        ]  # fmt: skip
        house.send(*told)
        yield Callers(house)
    databases.close()


def test_a_retraction_of_a_stranger_is_held_and_an_operator_lets_it_pass(callers: Callers):
    assert callers.retract("erp", "t-1") == ["retraction-not-allowed"]
    assert callers.retract("anyone", "t-1") == ["retraction-not-allowed"]
    assert callers.house.get("/v1/audit", action="log:event:retracted")["items"] == []
    held = callers.house.get("/v1/quarantine", status="held")["items"][0]["id"]
    callers.house.post(f"/v1/quarantine/{held}/replay", {}, expect=200)
    callers.house.settled()
    [entry] = callers.house.get("/v1/audit", action="log:event:retracted")["items"]
    assert entry["actor"] == "local"


def test_the_ledger_names_the_key_that_took_an_event_back(callers: Callers):
    assert callers.retract("psa", "t-2") == []
    entries = callers.house.get("/v1/audit", action="log:event:retracted")["items"]
    assert f"key:{callers.keys['psa']['id']}" in {one["actor"] for one in entries}


def test_events_of_another_source_are_held(callers: Callers):
    time = {"engagement_id": "E-3", "timesheet_id": "T-3", "amount": EUROS}
    told = event("sb.time.approved", "t-3", NOON, time)
    held = callers.ask("erp", "POST", "/v1/events", told).json()
    assert [one["reason"] for one in held["quarantined"]] == ["foreign-source"]
    assert callers.ask("psa", "POST", "/v1/events", told).json()["accepted"] == 1


def test_cases_are_joined_by_a_source_that_told_of_one_of_them(callers: Callers):
    named = {"process": "small-billing", "case": "E-3", "aliases": ["OPP-3"]}
    refused = [callers.ask(name, "PUT", "/v1/aliases", named) for name in ("erp", "anyone")]
    assert {one.status_code for one in refused} == {403}
    assert callers.ask("psa", "PUT", "/v1/aliases", named).status_code == 200
    unheard = {**named, "case": "E-8", "aliases": ["E-9"]}
    assert callers.ask("psa", "PUT", "/v1/aliases", unheard).status_code == 403


def test_a_replay_hears_of_the_same_keys(callers: Callers):
    report = verify(callers.house.databases, ByReference())
    assert report.equal, [one for one in report.tables if not one.equal]
    listed = {one["name"]: one["sources"] for one in callers.house.get("/v1/keys")["items"]}
    assert listed == WHO
