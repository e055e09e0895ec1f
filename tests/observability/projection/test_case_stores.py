"""What is asked of the cases in pieces costs what the piece is, however many cases there are."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from projecting import installation
from sqlalchemy import Connection, event

from controlplane.database import reading
from observability.projection import case_stores
from observability.rollup.delta import Amount, Delta
from observability.rollup.stores import apply


def plan(connection: Connection, ask: Callable[[], object]) -> list[str]:
    """Return how SQLite reads what *ask* asks."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def note(_c: object, _cursor: object, sql: str, values: tuple[object, ...], *_: object) -> None:
        asked.append((sql, values))

    event.listen(connection, "before_cursor_execute", note)
    ask()
    event.remove(connection, "before_cursor_execute", note)
    return [
        row[-1]
        for statement, values in asked
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    ]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Connection]:
    databases = installation(tmp_path)
    with reading(databases.state) as connection:
        yield connection
    databases.close()


def test_which_events_a_process_knows_is_found_by_their_offsets(state: Connection):
    steps = plan(state, lambda: case_stores.placed_by(state, "q2c", range(1, 401)))
    assert [("offset" in step, "process" in step) for step in steps] == [(True, False)] * 2


def test_the_next_piece_of_a_process_is_read_in_order_without_the_rest(state: Connection):
    steps = plan(state, lambda: case_stores.instances_of(state, "q2c", after="c-1", limit=500))
    (step,) = steps
    assert "(process=? AND id>?)" in step


def test_a_sum_that_changes_is_found_by_its_whole_key(state: Connection):
    delta = Delta()
    for day in (1, 2):
        delta.amounts["q2c", "invoiced", day, '["bill"]', "EUR"] = Amount(n=1, total=Decimal(5))
    found = [step for step in plan(state, lambda: apply(state, delta)) if "SEARCH a " in step]
    assert found
    assert all("day=? AND of=? AND currency=?" in step for step in found)


def test_a_figure_that_came_to_nothing_is_found_without_the_others(state: Connection):
    delta = Delta()
    delta.rows["q2c", "cases", 1, "[]", 0] = [-1, 0]
    (step,) = [one for one in plan(state, lambda: apply(state, delta)) if one.startswith("SEARCH")]
    assert "rollup_nothing" in step
