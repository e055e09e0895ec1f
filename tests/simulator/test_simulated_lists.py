"""What other systems of the firm keep agrees with what was reported, but for planted breaks."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from controlplane.pack.shipped import shipped_folder
from controlplane.simulator.book import BOOKS, COUNTS, WRITTEN_OFF
from controlplane.simulator.books import Kept, export_time, keep
from controlplane.simulator.chronicle import Chronicle
from controlplane.simulator.report import cloud_event
from controlplane.simulator.truth import BREAK
from controlplane.simulator.working import PACK, london
from observability.reconciliation.document import read_reconciliation

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
MONDAY = START + timedelta(days=42, hours=10, minutes=10)
THURSDAY = MONDAY + timedelta(days=3)
ALL = [(one.reconciliation, one.side) for one in (*BOOKS, WRITTEN_OFF, COUNTS)]


@cache
def kept(until: datetime = THURSDAY) -> dict[tuple[str, str], Kept]:
    reports = Chronicle(5, START, london(), volume=2).until(until)
    lists = keep(reports, seed=5, until=until, working=london())
    return {(one.book.reconciliation, one.book.side): one for one in lists}


def planted(one: Kept) -> dict[str, list[str]]:
    """Return what is to be found, by its kind."""
    found: dict[str, list[str]] = defaultdict(list)
    for each in one.injected:
        for finding in each.finds:
            found[finding.name].append(finding.object)
    return found


@pytest.mark.parametrize("name", ALL)
def test_of_each_list_each_kind_of_break_is_to_be_found(name: tuple[str, str]) -> None:
    found = planted(kept(MONDAY)[name])
    found = {**planted(kept()[name]), **found}
    assert found.keys() == {"missing", "value", "duplicate", "timing"}
    assert {kind: len(found[kind]) for kind in ("missing", "value", "duplicate")} == {
        "missing": 1,
        "value": 1,
        "duplicate": 1,
    }


@pytest.mark.parametrize("name", [(one.reconciliation, one.side) for one in (*BOOKS, COUNTS)])
def test_a_list_lacks_a_line_has_another_wrong_and_a_third_twice(name: tuple[str, str]) -> None:
    one = kept()[name]
    keys = Counter(" / ".join(row[field] for field in one.book.key) for row in one.rows)
    found = planted(one)
    assert found["missing"][0] not in keys
    assert [key for key, count in keys.items() if count > 1] == found["duplicate"]
    assert keys[found["value"][0]] == 1
    assert all(row.keys() >= {*one.book.key} for row in one.rows)


@pytest.mark.parametrize("name", [(one.reconciliation, one.side) for one in BOOKS])
def test_what_was_told_since_a_list_was_exported_is_on_its_way(name: tuple[str, str]) -> None:
    one = kept()[name]
    assert one.watermark == export_time(THURSDAY, london()) < THURSDAY
    fresh = set(planted(one)["timing"])
    assert not fresh & {*planted(one)["missing"], *planted(one)["value"]}


def test_a_break_names_its_reconciliation_and_a_side_of_it() -> None:
    folder = shipped_folder(PACK)
    assert folder is not None
    for (reconciliation, side), one in kept().items():
        text = (folder / "reconciliations" / f"{reconciliation}.yaml").read_bytes()
        sides = read_reconciliation(text).by_side
        assert side in sides
        for injected in one.injected:
            (found,) = injected.finds
            assert (found.kind, found.process) == (BREAK, reconciliation)
            assert found.source in sides


def test_every_list_that_a_reconciliation_of_the_pack_waits_for_is_handed_in() -> None:
    folder = shipped_folder(PACK)
    assert folder is not None
    awaited = {
        (document.reconciliation, side.side, selection.part)
        for path in (folder / "reconciliations").glob("*.yaml")
        for document in [read_reconciliation(path.read_bytes())]
        for side in document.sides
        for selection in side.selections
        if selection.extract is not None and not selection.optional
    }
    handed_in = {(one.book.reconciliation, one.book.side, one.book.part) for one in kept().values()}
    assert awaited - handed_in == set()


def test_two_lists_of_one_reconciliation_break_at_different_lines() -> None:
    psa, erp = kept()["workers", "psa"], kept()["workers", "erp"]
    assert planted(psa)["missing"] != planted(erp)["missing"]


def test_who_has_left_is_on_no_list() -> None:
    reports = Chronicle(5, START, london()).until(THURSDAY)
    left = {one.data["worker_id"] for one in reports if one.type == "ps.worker.terminated"}
    assert left
    assert not left & {row["worker_id"] for row in kept()["workers", "erp"].rows}


@pytest.mark.parametrize(
    ("approved", "kind"), [(timedelta(days=3), "value"), (timedelta(days=1), "timing")]
)
def test_a_change_that_was_long_approved_is_no_longer_on_its_way(approved: timedelta, kind: str):
    exported = export_time(THURSDAY + timedelta(hours=1), london())
    value = {"amount": "54700", "currency": "EUR"}
    told = [
        ("ps.project.created", START, {"engagement_id": "E-1", "project_id": "P-1"}),
        ("ps.engagement.recorded", START, {"engagement_id": "E-1", "value": value}),
        ("ps.change-request.approved", exported - approved, {"project_id": "P-1"}),
        (
            "ps.engagement.amended",
            exported + timedelta(minutes=5),
            {"engagement_id": "E-1", "value": {**value, "amount": "60170"}},
        ),
    ]
    reports = [cloud_event("crm", type_, "1", at, data) for type_, at, data in told]
    lists = keep(reports, seed=1, until=exported + timedelta(minutes=90), working=london())
    (one,) = [each for each in lists if each.book.reconciliation == "contract-value"]
    assert planted(one) == {kind: ["E-1"]}
