"""
A mailbox is a folder: what would be sent is kept there to be looked at, and leaves no machine.

A mail is kept as the mail it would be, a webhook's message as the JSON that would be posted.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from governance.outbox.outgoing import Answer, Outgoing
from governance.receiver.mail import compose_mail
from governance.team import Receiver


class _Dated(msgspec.Struct, frozen=True):
    timestamp: datetime


class Mailbox(msgspec.Struct, frozen=True, kw_only=True):
    folder: Path
    sender: str = "controlplane@localhost"

    def keep(self, receiver: Receiver, outgoing: Outgoing, *, at: datetime) -> Answer:
        """Return what came of keeping *outgoing*; once more is the same file again."""
        name = f"{_sent(outgoing):%Y-%m-%dT%H%M%SZ}-{outgoing.id}"
        try:
            if receiver.email is None:
                kept = self._write(f"{name}.json", outgoing.payload.encode())
            else:
                kept = self._write(f"{name}.eml", self._mail(receiver.email.to, outgoing, at=at))
        except OSError as error:
            return Answer(result="retry", detail=f"{self.folder}: {error.strerror}")
        return Answer(result="delivered", detail=f"kept as {kept.name}")

    def _mail(self, to: Sequence[str], outgoing: Outgoing, *, at: datetime) -> bytes:
        return bytes(compose_mail(self.sender, to, outgoing, at=at))

    def _write(self, name: str, content: bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self.folder / name
        unfinished = kept.with_suffix(".partial")
        unfinished.write_bytes(content)
        return unfinished.replace(kept)


def _sent(outgoing: Outgoing) -> datetime:
    return msgspec.json.decode(outgoing.payload, type=_Dated).timestamp
