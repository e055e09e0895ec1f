"""What people say as they work an exception, and what they ask of the inbox."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from house import House, opened
from projecting import NOON, ByReference, append, drain, installation, sweep
from small_billing import happened, install_in_log

from controlplane.api.problem import ProblemError
from controlplane.api.submission import acting
from controlplane.identity.role import Actor, Role
from controlplane.pipeline.processing import Processing

EUROS = {"amount": "100.00", "currency": "EUR"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("acts")
    databases = installation(folder)
    install_in_log(databases)
    case = {"engagement_id": "E-1"}
    signed = happened("sb.engagement.signed", "s-1", NOON, **case, value=EUROS)
    sheet = {**case, "timesheet_id": "T-1", "amount": EUROS}
    append(databases, [signed, happened("sb.time.approved", "t-1", NOON, **sheet)])
    sweep(databases, NOON + timedelta(days=9))
    drain(databases, Processing(ByReference()))
    with opened(databases, folder) as found:
        yield found
    databases.close()


def first(house: House) -> str:
    [one, *_] = house.get("/v1/exceptions", sort="oldest")["items"]
    return f"/v1/exceptions/{one['id']}"


def test_who_acts_without_a_key_may_say_as_whom_and_a_reason_is_a_note(house: House):
    path = first(house)
    taken = house.post(f"{path}/acknowledge", {"actor": "ana", "reason": "the client signs"})
    assert (taken["state"], taken["assignee"]) == ("acknowledged", "ana")
    told = house.post(f"{path}/comment", {"actor": "olu", "reason": "called them"})
    assert [(one["actor"], one["note"]) for one in told["history"][-2:]] == [
        ("ana", "the client signs"),
        ("olu", "called them"),
    ]
    ended = house.post(f"{path}/resolve", {"actor": "ana", "note": "it is signed"})
    assert (ended["resolved_by"], ended["resolution"]) == ("ana", "it is signed")


def test_an_act_without_a_body_says_what_is_expected(house: House):
    answer = house.http.post(f"{first(house)}/acknowledge")
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "body: A JSON object is expected.",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("status", "done"), ("severity", "huge"), ("priority", "P9"), ("sla", "late")],
)
def test_a_word_that_no_exception_has_is_refused_not_answered_with_nothing(
    house: House, name: str, value: str
):
    answer = house.http.get("/v1/exceptions", params={name: value})
    assert answer.status_code == 400
    assert f"{name} is one of " in answer.json()["detail"]
    assert answer.json()["errors"][0]["pointer"] == f"/{name}"


def test_a_parameter_that_is_missing_is_pointed_at(house: House):
    answer = house.http.get("/v1/month-end", params={"period": "2026-03"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/entity")


def test_a_key_acts_as_nobody_but_itself():
    caller = Actor(name="key:1", role=Role.STEWARD)
    assert acting(caller, None) == acting(caller, "key:1") == "key:1"
    with pytest.raises(ProblemError, match="You act as key:1"):
        acting(caller, "ana")
