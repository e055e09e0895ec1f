"""
Checkpoints of the ledger, kept outside the database that they vouch for.

Every thousand entries, or a minute after the last one that something followed, a signed
checkpoint is appended to a file. Point the folder at another disk, or at one that forgets
nothing: whoever rewrites the database then leaves what betrays it.
"""

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock, Thread

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from controlplane.database import DatabaseError, reading
from governance.ledger import stores as ledger
from governance.ledger.audit import against, leaf_of, seen
from governance.ledger.checkpoint import (
    Checkpoint,
    CheckpointError,
    VerifierKey,
    notes_of,
    open_note,
    sign,
)
from governance.ledger.merkle import Growing

EVERY_ENTRIES = 1_000
EVERY_SECONDS = 60.0
PERIOD_SECONDS = 5.0
FILE = "ledger.checkpoints"
KEY_FILE = "ledger.key"
_LONGEST_NOTE = 512  # bytes; one has some 250
_logger = structlog.get_logger(__name__)


class LedgerBrokenError(RuntimeError):
    """The ledger is not what an earlier checkpoint has seen."""


class Checkpoints:
    """The file of signed checkpoints and the key that signs them."""

    def __init__(self, folder: Path, key_folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / FILE
        self._key = _private_key(key_folder / KEY_FILE)
        self.verifier = VerifierKey.of(self._key)

    def append(self, checkpoint: Checkpoint) -> None:
        """Keep *checkpoint*, whole or not at all."""
        note = f"{sign(checkpoint, self._key)}\n".encode()
        handle = os.open(self._file, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o644)
        try:
            written = os.write(handle, note)
            if written < len(note):
                os.ftruncate(handle, os.fstat(handle).st_size - written)
                raise OSError(errno.ENOSPC, "a checkpoint found no room", str(self._file))
            os.fsync(handle)
        finally:
            os.close(handle)

    def notes(self) -> list[str]:
        """Return the signed notes, the oldest first; raises `CheckpointError`."""
        return notes_of(self._file.read_text()) if self._file.exists() else []

    def newest(self, limit: int) -> list[str]:
        """Return the last *limit* notes, the oldest first, without a look at the others."""
        if not self._file.exists():
            return []
        with self._file.open("rb") as file:
            begin = max(0, file.seek(0, os.SEEK_END) - (limit + 1) * _LONGEST_NOTE)
            file.seek(begin)
            found = notes_of(file.read().decode(errors="replace"))
        return found[1 if begin else 0 :][-limit:]

    def read(self) -> list[Checkpoint]:
        """Return what the notes say; raises `CheckpointError` when one is not of our key."""
        return [open_note(note, self.verifier) for note in self.notes()]


class Sealing:
    """
    A thread that looks every few seconds whether a checkpoint is due.

    A ledger that is not what the last checkpoints have seen gets no further one.
    """

    def __init__(
        self,
        state: Engine,
        checkpoints: Checkpoints,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        period_seconds: float = PERIOD_SECONDS,
    ) -> None:
        self.checkpoints = checkpoints
        self._state = state
        self._now = now
        self._period = period_seconds
        self._growing = Growing()
        self._seen: dict[int, set[str]] | None = None
        self._last: Checkpoint | None = None
        self._turn = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="sealing", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop, and seal what the last checkpoint has not seen."""
        broken = self._stop.is_set()
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if not broken:
            self._try(self.seal)

    def seal(self) -> bool:
        """
        Append a checkpoint of all entries there are; False when the last one covers them.

        Raises `LedgerBrokenError` when they are not those that an earlier one has seen.
        """
        with self._turn:
            self._grow()
            if self._last is not None and self._growing.size <= self._last.size:
                return False
            if self._growing.size == 0:
                return False
            root = self._growing.root.hex()
            checkpoint = Checkpoint(size=self._growing.size, root=root, at=self._now())
            self.checkpoints.append(checkpoint)
            self._last = checkpoint
            return True

    def seal_when_due(self) -> bool:
        """Seal when enough entries wait, or any since long enough; return whether it did."""
        with reading(self._state) as connection:
            waiting = ledger.last_number(connection) - self._growing.size
        last = self._last
        long_ago = last is None or (self._now() - last.at).total_seconds() >= EVERY_SECONDS
        due = waiting >= EVERY_ENTRIES or (waiting > 0 and long_ago)
        return due and self.seal()

    def _grow(self) -> None:
        if self._seen is None:
            known = self.checkpoints.read()
            self._seen = seen(known)
            self._last = max(known, key=lambda one: one.size, default=None)
        with reading(self._state) as connection:
            upto = ledger.last_number(connection)
            for hash_ in ledger.hashes(connection, after=self._growing.size, upto=upto):
                self._growing.add(leaf_of(hash_))
                broken = against(self._seen, self._growing)
                if broken:
                    self._growing = Growing()
                    raise LedgerBrokenError(broken.because)

    def _run(self) -> None:
        while not self._stop.wait(self._period):
            self._try(self.seal_when_due)

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
        except LedgerBrokenError:
            self._stop.set()  # it does not mend itself; who looks into it starts us again
            _logger.critical("ledger_broken", exc_info=True)
        except (DatabaseError, OSError, CheckpointError):
            _logger.exception("checkpoint_failed")


def _private_key(path: Path) -> Ed25519PrivateKey:
    """Return the key at *path*, made the first time; nobody but the owner reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip()))
    key = Ed25519PrivateKey.generate()
    with os.fdopen(handle, "w") as file:
        file.write(f"{key.private_bytes_raw().hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    return key
