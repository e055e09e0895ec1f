"""An objective is taken out of force over HTTP: once, however often the call is repeated."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, opened
from timework import furnish

from controlplane.database import Databases

SLA = "/v1/slas/time-invoiced"


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one)
        yield one


def test_a_repeated_call_with_its_key_gets_the_first_answer(house: House):
    key = {"idempotency-key": "retire-once"}
    first = house.http.delete(SLA, headers=key)
    again = house.http.delete(SLA, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert house.http.delete(SLA).status_code == 404


def test_a_weak_tag_matches_no_edit(house: House):
    tag = house.http.get(SLA).headers["etag"]
    assert house.http.delete(SLA, headers={"if-match": f"W/{tag}"}).status_code == 412
    assert house.http.delete(SLA, headers={"if-match": tag}).status_code == 200
