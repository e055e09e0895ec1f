"""A worker without its processes: the pipeline on a scratch database."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from sqlalchemy import MetaData, select

from controlplane.consumer import Consumer
from controlplane.database import (
    LOG_FILE,
    STATE_FILE,
    Databases,
    open_databases,
    reading,
    writing,
)
from controlplane.outcome_stores import recall
from controlplane.pipeline.command import COMMAND_SOURCE, Command, Outcome, encode_command
from controlplane.pipeline.deciding import Decider
from controlplane.pipeline.processing import Processing
from controlplane.tables import PROGRAM
from controlplane.ticker import sweep_entry
from governance.document import Put, put_document
from governance.document import stores as documents
from governance.tables import GOVERNANCE
from observability.event import ProcessEvent, encode_event
from observability.log import stores as log
from observability.log.entry import LogEntry
from observability.tables import LOG, STATE
from rules.compiling import CompiledRuleSet, compile_ruleset
from rules.deciding import decide_reference
from rules.decision import Decision, Fact
from rules.fact import FactType
from rules.language import read_ruleset

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Undecided(Decider):
    """Decides nothing: for tests of what stands before any rule is asked."""

    def load(self, key: str, ruleset: str, fact_types: Mapping[str, FactType]) -> None: ...

    def decide(self, key: str, cases: Sequence[Sequence[Fact]]) -> list[Decision]:
        return []


class ByReference(Decider):
    """Decides by the reference evaluator, in this process."""

    def __init__(self) -> None:
        self._loaded: dict[str, tuple[Mapping[str, FactType], CompiledRuleSet]] = {}

    def load(self, key: str, ruleset: str, fact_types: Mapping[str, FactType]) -> None:
        if key not in self._loaded or self._loaded[key][0] != fact_types:
            compiled = compile_ruleset(read_ruleset(ruleset), dict(fact_types))
            self._loaded[key] = (fact_types, compiled)

    def decide(self, key: str, cases: Sequence[Sequence[Fact]]) -> list[Decision]:
        return [decide_reference(self._loaded[key][1], facts) for facts in cases]


def installation(folder: Path) -> Databases:
    """Return an empty embedded installation."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _empty_files().items():
        (folder / name).write_bytes(content)
    return open_databases(folder, None)


@cache
def _empty_files() -> dict[str, bytes]:
    """Return both files with every table in them: to write them is quicker than to make them."""
    with TemporaryDirectory() as folder:
        opened = open_databases(Path(folder), None)
        LOG.create_all(opened.log)
        for metadata in (STATE, GOVERNANCE, PROGRAM):
            metadata.create_all(opened.state)
        opened.close()
        return {name: (Path(folder) / name).read_bytes() for name in (LOG_FILE, STATE_FILE)}


def activate(databases: Databases, kind: str, text: str, *, at: datetime = NOON) -> None:
    """Put the governed document *text* in force."""
    data = yaml.safe_load(text)
    put = put_document(
        None,
        kind=kind,
        name=data[kind],
        version=data["version"],
        body=text,
        actor="test",
        at=at,
        activate=True,
    )
    assert isinstance(put, Put), put
    with writing(databases.state) as connection:
        documents.save(connection, put)


def register(databases: Databases, kind: str, text: str, *, at: datetime = NOON) -> str:
    """Put the governed document *text* in force by a command, as the API does; return its id."""
    data = yaml.safe_load(text)
    body = {"kind": kind, "name": data[kind], "version": data["version"], "body": text}
    return ask(databases, "document:put", {**body, "activate": True}, at=at)


def ask(  # noqa: PLR0913 - who asks for what, when, and under which key
    databases: Databases,
    name: str,
    body: dict[str, Any],
    *,
    at: datetime = NOON,
    key: str = "",
    actor: str = "ana",
) -> str:
    """Append a command, as the API does; return its id."""
    command = Command(
        id=key or uuid.uuid4().hex, name=name, actor=actor, body=body, at=at, roles=("admin",)
    )
    entry = LogEntry(
        kind="command", source=COMMAND_SOURCE, id=command.id, at=at, payload=encode_command(command)
    )
    with writing(databases.log) as connection:
        log.append(connection, [entry])
    return command.id


def answer(databases: Databases, command: str) -> Outcome:
    """Return what came of *command*, which a worker has taken."""
    with reading(databases.state) as connection:
        known = recall(connection, command)
    assert known is not None, "no worker has taken the command"
    return known[1]


def append(databases: Databases, events: Iterable[ProcessEvent], *, at: datetime = NOON) -> None:
    entries = [
        LogEntry(
            kind="event",
            source=event.source,
            id=event.id,
            at=event.occurred_at if event.backfill else at,
            payload=encode_event(event),
        )
        for event in events
    ]
    with writing(databases.log) as connection:
        log.append(connection, entries)


def sweep(databases: Databases, at: datetime) -> None:
    with writing(databases.log) as connection:
        log.append(connection, [sweep_entry(at)])


def drain(databases: Databases, processing: Processing | None = None, *, limit: int = 500) -> None:
    """Let a worker take everything that is in the log."""
    consumer = Consumer(databases, processing or Processing(Undecided()))
    while consumer.step(limit):
        pass


def contents(databases: Databases, metadata: MetaData, *names: str) -> dict[str, Any]:
    """Return every row of the named tables, sorted, without the offsets that arrival gives."""
    with reading(databases.state) as connection:
        return {
            name: sorted(
                (
                    {k: v for k, v in row._mapping.items() if k != "offset"}
                    for row in connection.execute(select(metadata.tables[name]))
                ),
                key=repr,
            )
            for name in names
        }
