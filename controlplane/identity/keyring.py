"""
The keys that open the door now, however far the worker is behind.

What the log says of keys holds at once: one that was created is known, one that was revoked
opens nothing, before the worker has come to either. Only what was appended since the last
look is read, and at most ten times a second: a token that nobody knows costs no more.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Lock

from msgspec.structs import replace

from controlplane.database import Databases, reading
from controlplane.identity import stores
from controlplane.identity.key import ApiKey, requested
from controlplane.pipeline.command import Command
from observability.projection import progress_stores

PERIOD_SECONDS = 0.1


class Keyring:
    """Safe to call from any thread."""

    def __init__(
        self,
        databases: Databases,
        *,
        period_seconds: float = PERIOD_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._databases = databases
        self._period = period_seconds
        self._clock = clock
        self._lock = Lock()
        self._looked = float("-inf")
        self._heard_to: int | None = None
        self._created: dict[str, ApiKey] = {}
        self._revoked: dict[str, datetime] = {}

    def find(self, id_: str) -> ApiKey | None:
        """Return the key *id_* as it stands after everything that is in the log."""
        with self._lock:
            if self._clock() - self._looked >= self._period:
                self._listen()
                self._looked = self._clock()
        with reading(self._databases.state) as connection:
            key = stores.get_key(connection, id_) or self._created.get(id_)
        revoked_at = self._revoked.get(id_)
        if key is None or key.revoked_at is not None or revoked_at is None:
            return key
        return replace(key, revoked_at=revoked_at)

    def _listen(self) -> None:
        if self._heard_to is None:  # what the worker has come to stands in the state
            with reading(self._databases.state) as connection:
                self._heard_to = progress_stores.offset_of(connection, progress_stores.WORKER)
        with reading(self._databases.log) as connection:
            commands, self._heard_to = stores.commands_after(connection, self._heard_to)
        for command in commands:
            with suppress(KeyError, ValueError):  # the worker names what it cannot apply
                self._hear(command)

    def _hear(self, command: Command) -> None:
        if command.name == "key:create":
            key = requested(command.body, at=command.at)
            self._created.setdefault(key.id, key)
        elif command.name == "key:revoke":
            self._revoked.setdefault(command.body["id"], command.at)
