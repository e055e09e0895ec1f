"""
What rule processes died over is told to the log, and remembered by those who start.

Only the log may change the state: the worker notes what it meets, the API appends it.
"""

from datetime import datetime

import msgspec
from sqlalchemy import Engine

from controlplane.commands import Writer
from controlplane.database import reading, writing
from controlplane.pipeline.command import COMMAND_SOURCE, Command, encode_command
from controlplane.pipeline.loading import load_definitions
from controlplane.quarantine import Held, Quarantine
from controlplane.ruleprocess import held_stores
from governance.exception.process_exception import SYSTEM
from observability.log.entry import LogEntry

HOLD = "case:hold"


def tell(writer: Writer, state: Engine, *, at: datetime) -> int:
    """Append what the log does not know yet; return how many those are. Again is no harm."""
    with reading(state) as connection:
        those = held_stores.unreported(connection)
    if those:
        writer.submit([_entry(one, at=at) for one in those]).result()
    return len(those)


def _entry(one: held_stores.HeldCase, *, at: datetime) -> LogEntry:
    body = msgspec.structs.asdict(one)
    command = Command(id=one.id, name=HOLD, actor=SYSTEM, body=body, at=at)
    return LogEntry(
        kind="command",
        source=COMMAND_SOURCE,
        id=one.id,
        at=at,
        payload=encode_command(command),
    )


def prune(state: Engine) -> int:
    """Forget what was held of versions that are no longer in force; return how many those were."""
    with writing(state) as connection:
        in_force = {
            (one.ruleset.ruleset, one.ruleset.version)
            for those in load_definitions(connection).rules.values()
            for one in those
        }
        return held_stores.drop_others(connection, in_force)


def remember(quarantine: Quarantine, state: Engine) -> None:
    """Hold what was held before this program started, of the rule sets in force."""
    with reading(state) as connection:
        for those in load_definitions(connection).rules.values():
            for rules in those:
                written = rules.ruleset
                for one in held_stores.by_version(connection, written.ruleset, written.version):
                    quarantine.remember(rules.key, one.facts_digest, Held(because=one.because))
