"""
Two databases, one shape: `log` (the truth) and `state` (everything that follows from it).

Embedded default: two SQLite files, WAL, `synchronous=FULL`, each written by one process.
Scale-out: one PostgreSQL database holds both; the URL is the same for the two.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DataError as UnstorableError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

__all__ = [
    "DATABASE_AWAY",
    "LOG_FILE",
    "STATE_FILE",
    "Connection",
    "DatabaseError",
    "Databases",
    "Engine",
    "OwnConnection",
    "UnstorableError",
    "open_databases",
    "reading",
    "sqlite_engine",
    "trying",
    "writing",
]

LOG_FILE = "log.db"
STATE_FILE = "state.db"

DatabaseError = SQLAlchemyError  # whatever a database may answer instead of doing it
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)  # it may be back soon


class Databases:
    """The two engines of one installation. `log` and `state` are the same on PostgreSQL."""

    def __init__(self, log: Engine, state: Engine) -> None:
        self.log = log
        self.state = state

    @property
    def embedded(self) -> bool:
        return self.log.dialect.name == "sqlite"

    def close(self) -> None:
        self.log.dispose()
        self.state.dispose()


def open_databases(
    data_dir: Path, database_url: str | None, *, read_only: bool = False
) -> Databases:
    """
    Open the installation in *data_dir*, or in the PostgreSQL of *database_url*.

    The folder is created when missing. Nothing is migrated here.
    """
    if database_url:
        engine = _postgresql(make_url(database_url))
        return Databases(engine, engine)
    data_dir.mkdir(parents=True, exist_ok=True)
    return Databases(
        sqlite_engine(data_dir / LOG_FILE, read_only=read_only),
        sqlite_engine(data_dir / STATE_FILE, read_only=read_only),
    )


def sqlite_engine(path: Path, *, read_only: bool = False) -> Engine:
    """Return an engine on the SQLite file *path*: WAL, FULL, 64 MB cache, 30 s of patience."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    def prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin is made real below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "cache_size=-65536",
            "wal_autocheckpoint=10000",
            "temp_store=MEMORY",
            "foreign_keys=ON",
            *(("query_only=ON",) if read_only else ()),
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function("decimal_at_least", 2, _at_least, deterministic=True)
        connection.create_function("lowered", 1, str.lower, deterministic=True)  # beyond ASCII

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _at_least(left: str, right: str) -> bool:
    """SQLite compares decimals as doubles; two amounts are told apart by their last digit."""
    return Decimal(left) >= Decimal(right)


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that means to write: on SQLite it takes the write lock at once."""
    with (
        _told(engine),
        engine.connect().execution_options(immediate=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def trying(engine: Engine) -> Iterator[Connection]:
    """A transaction that is taken back at its end, whatever was done in it."""
    with _told(engine), engine.connect().execution_options(immediate=True) as connection:
        attempt = connection.begin()
        try:
            yield connection
        finally:
            attempt.rollback()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent snapshot for the length of the block."""
    with _told(engine), engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection


class OwnConnection:
    """
    A connection kept for `reading`, or for `writing`, by one thread at a time; close it.

    Somebody waits for each of its transactions, and to fetch a connection takes as long as a
    statement. One to PostgreSQL, which may break meanwhile, is fetched and looked at anew.
    """

    def __init__(self, engine: Engine, *, writes: bool = False) -> None:
        self._engine = engine
        self._writes = writes
        self._kept: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        if self._engine.dialect.name == "postgresql":
            with (writing if self._writes else reading)(self._engine) as connection:
                yield connection
            return
        if self._kept is None:
            self._kept = self._engine.connect().execution_options(immediate=self._writes)
        whole = False
        try:
            with _told(self._engine), self._kept.begin():
                yield self._kept
            whole = True
        finally:
            if not whole:
                self.close()  # whatever was begun in it

    def close(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    """Statements that somebody waits for go to the driver: its errors are told as all others."""
    dialect: Any = engine.dialect
    try:
        yield
    except dialect.loaded_dbapi.Error as error:
        kind = dialect.loaded_dbapi.Error
        raise DBAPIError.instance(None, None, error, kind, dialect=dialect) from error


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"), pool_size=10, max_overflow=20, pool_pre_ping=True
    )
