"""The program itself, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Program


@pytest.fixture(params=["sqlite", "postgresql"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Program]:
    """The running program with an empty installation, on each database in turn."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    running = Program(tmp_path, url)
    running.start()
    yield running
    running.stop()
    running.http.close()
