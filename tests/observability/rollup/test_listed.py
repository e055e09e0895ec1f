"""Many rows as one text, on either database."""

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, create_engine, insert, make_url, select

from observability.rollup.listed_stores import listed
from observability.rollup.tables import rollup
from observability.tables import STATE

ROWS = [
    ("time-to-bill", "kpi:worked", 20_000 + day, '["in","practice=Tax \\"A\\""]', 0, day, 2 * day)
    for day in range(1, 4)
]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "sqlite":
        opened = create_engine(f"sqlite:///{tmp_path / 'state.db'}")
        STATE.create_all(opened)
    else:
        url = make_url(request.getfixturevalue("prepared_postgresql_url"))
        opened = create_engine(url.set(drivername="postgresql+psycopg"))
    yield opened
    opened.dispose()


def test_rows_are_told_as_one_text_and_none_as_an_empty_list(engine: Engine):
    c = rollup.c
    names = [column.name for column in rollup.columns]
    told = select(listed(c.of, c.day, c.n, c.quantity))
    with engine.begin() as connection:
        connection.execute(insert(rollup), [dict(zip(names, one, strict=True)) for one in ROWS])
        text = connection.execute(told.where(c.measure == "kpi:worked")).scalar_one()
        nothing = connection.execute(told.where(c.measure == "kpi:billed")).scalar_one()
    wanted = [(one[3], one[2], one[5], one[6]) for one in ROWS]
    found = msgspec.json.decode(text, type=list[tuple[str, int, int, int]])
    assert (sorted(found), nothing) == (sorted(wanted), "[]")
