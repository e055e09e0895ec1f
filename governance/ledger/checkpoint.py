"""
A checkpoint says how many entries the ledger had and what their Merkle root was, signed.

The text is a C2SP `tlog-checkpoint` in a signed note: origin, size, root in base64, then
the instant; signatures are Ed25519. Whoever keeps one, anywhere else, can tell later that
the ledger was cut short or written anew.
"""

import base64
import hashlib
from datetime import datetime
from typing import Self

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rules.instant import parse_instant, render_instant

ORIGIN = "controlplane/ledger"
_ED25519 = b"\x01"
_LINES = 4
_DASH = "\u2014"


class CheckpointError(ValueError):
    """A text that is no checkpoint, or one that its key did not sign."""


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`root` is the Merkle root over the first `size` entries, hexadecimal."""

    size: int
    root: str
    at: datetime
    origin: str = ORIGIN

    @property
    def text(self) -> str:
        root = base64.b64encode(bytes.fromhex(self.root)).decode()
        return f"{self.origin}\n{self.size}\n{root}\n{render_instant(self.at)}\n"


class VerifierKey(msgspec.Struct, frozen=True, kw_only=True):
    """What tells a signature of ours from another's, as text: name+hash+key."""

    name: str
    public: bytes

    @classmethod
    def of(cls, key: Ed25519PrivateKey, name: str = ORIGIN) -> Self:
        return cls(name=name, public=key.public_key().public_bytes_raw())

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the key that *text* names; raises `CheckpointError`."""
        name, _, rest = text.strip().partition("+")
        _, _, encoded = rest.partition("+")
        try:
            material = base64.b64decode(encoded, validate=True)
            Ed25519PublicKey.from_public_bytes(material[1:])
        except ValueError as error:
            raise CheckpointError("not a verifier key: name+hash+key") from error
        read = cls(name=name, public=material[1:])
        if material[:1] != _ED25519 or read.text != text.strip():
            raise CheckpointError("not a verifier key of Ed25519, or its hash is another's")
        return read

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        encoded = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{self.hash.hex()}+{encoded}"


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """Return *checkpoint* as a signed note."""
    verifier = VerifierKey.of(key, checkpoint.origin)
    signature = base64.b64encode(verifier.hash + key.sign(checkpoint.text.encode())).decode()
    return f"{checkpoint.text}\n{_DASH} {verifier.name} {signature}\n"


def open_note(note: str, key: VerifierKey) -> Checkpoint:
    """Return what *note* says; raises `CheckpointError` unless *key* signed it."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        if _signs(line, text, key):
            return _read(text)
    raise CheckpointError(f"not signed by {key.name}+{key.hash.hex()}")


def notes_of(text: str) -> list[str]:
    """Return the notes of a file that holds one after the other."""
    notes = []
    lines: list[str] = []
    for line in text.splitlines():
        lines.append(line)
        if line.startswith(f"{_DASH} "):
            notes.append("\n".join(lines).lstrip("\n") + "\n")
            lines = []
    if "".join(lines).strip():
        raise CheckpointError("the last checkpoint is not whole")
    return notes


def _signs(line: str, text: str, key: VerifierKey) -> bool:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.rpartition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
        if dash != _DASH or name != key.name or signature[:4] != key.hash:
            return False
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature[4:], text.encode())
    except (ValueError, InvalidSignature):
        return False
    return True


def _read(text: str) -> Checkpoint:
    lines = text.splitlines()
    try:
        origin, size, root, at = lines[:_LINES]
        return Checkpoint(
            origin=origin,
            size=int(size),
            root=base64.b64decode(root, validate=True).hex(),
            at=parse_instant(at),
        )
    except ValueError as error:
        raise CheckpointError("not a checkpoint: origin, size, root, instant") from error
