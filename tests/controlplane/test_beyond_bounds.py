"""What no database keeps and no calendar holds is a 4xx, on both databases, before the log."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from house import House, opened
from timework import CALENDAR, PROCESS, SLA

from controlplane.database import Databases, reading
from controlplane.unprocessed_stores import count
from governance.exception.share import _fit
from rules.money import money

HUGE_CURSOR = "WzkyMjMzNzIwMzY4NTQ3NzU4MDgsICJ4Il0"  # [9223372036854775808, "x"]


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        yield one


def test_beyond_every_bound_is_answered_and_nothing_breaks(house: House):
    house.put("/v1/teams/delivery", {"name": "Delivery", "members": []}, expect=201)
    for kind, text in (("calendars", CALENDAR), ("processes", PROCESS), ("slas", SLA)):
        name = next(line for line in text.splitlines() if line.strip()).partition(": ")[2]
        house.put_document(f"/v1/{kind}/{name}", text)
    process = next(line for line in PROCESS.splitlines() if line.strip()).partition(": ")[2]
    health = f"/v1/processes/{process}/health"
    for path in (
        "/v1/exceptions?q=%00",
        "/v1/teams/%00",
        "/v1/contracts?owner=%00",
        f"/v1/audit?cursor={HUGE_CURSOR}",
        f"/v1/uncorrelated?cursor={HUGE_CURSOR}",
        f"/v1/exceptions?cursor={HUGE_CURSOR}",
        f"{health}?window=30d&as_of=0001-01-01T00:00:00Z",
        f"{health}?as_of=9999-12-31T23:59:59Z",
        "/v1/exceptions?due_within_hours=8760&as_of=9999-12-31T23:59:59Z",
        "/v1/exceptions?min_amount=NaN",
        "/v1/exceptions?min_amount=sNaN",
    ):
        answer = house.http.get(path)
        assert answer.status_code < 500, f"{path}: {answer.text}"
    assert house.http.get("/v1/exceptions?min_amount=sNaN").status_code == 400
    assert house.http.put("/v1/teams/x", json={"name": "\u0000"}).status_code == 422
    options = house.http.options("/health/live")
    assert options.status_code in {204, 405}
    with reading(house.databases.state) as connection:
        assert count(connection) == 0


def test_a_large_amount_keeps_its_last_digit():
    large = money("123456789012345678.12345678901234", "GBP")
    fits, over = _fit([large], money("999999999999999999.99999999999999", "GBP"), "GBP")
    assert fits == large
    assert over.amount == Decimal(0)
