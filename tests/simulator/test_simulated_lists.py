"""What other systems of the firm keep agrees with what was reported, but for planted breaks."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from controlplane.simulator.books import BOOKS, Kept, keep
from controlplane.simulator.chronicle import Chronicle
from controlplane.simulator.truth import BREAK
from controlplane.simulator.working import london

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
UNTIL = START + timedelta(days=60)


@cache
def kept(seed: int = 5) -> dict[tuple[str, str], Kept]:
    reports = Chronicle(seed, START, london()).until(UNTIL)
    lists = keep(reports, seed=seed, until=UNTIL, working=london())
    return {(one.book.reconciliation, one.book.side): one for one in lists}


@pytest.mark.parametrize("name", [(one.reconciliation, one.side) for one in BOOKS])
def test_a_list_lacks_a_line_has_another_wrong_and_a_third_twice(name: tuple[str, str]):
    one = kept()[name]
    keys = Counter(" / ".join(row[field] for field in one.book.key) for row in one.rows)
    planted = {finding.name: finding.object for each in one.injected for finding in each.finds}
    assert planted.keys() == {"missing", "value", "duplicate"}
    assert planted["missing"] not in keys
    assert [key for key, count in keys.items() if count > 1] == [planted["duplicate"]]
    assert keys[planted["value"]] == 1
    assert all(set(row) >= {*one.book.key, *one.book.fields} for row in one.rows)


def test_a_break_names_its_reconciliation_and_side():
    for (reconciliation, side), one in kept().items():
        for injected in one.injected:
            (found,) = injected.finds
            assert (found.kind, found.process, found.source) == (BREAK, reconciliation, side)


def test_two_lists_of_one_reconciliation_break_at_different_lines():
    psa, erp = kept()["workers", "psa"], kept()["workers", "erp"]
    assert {one.keys for one in psa.injected} != {one.keys for one in erp.injected}


def test_who_has_left_is_on_no_list():
    reports = Chronicle(5, START, london()).until(UNTIL)
    left = {one.data["worker_id"] for one in reports if one.type == "ps.worker.terminated"}
    assert left
    assert not left & {row["worker_id"] for row in kept()["workers", "erp"].rows}
