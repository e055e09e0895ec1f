"""The parts of a pack that are kept under a version, by the digest of what is sent."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from controlplane.pack.read import Pack, PackedContract

SUBJECT: Final = "contract"
ARTIFACT: Final = "contract-version"


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One document of a pack; `digest` is the SHA-256 of its bytes.

    `kind` is that of a governed document, `contract` for a subject with its `properties`, or
    `contract-version` for an artifact.
    """

    kind: str
    name: str
    version: str = ""
    digest: str = ""
    properties: dict[str, Any] = {}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A part that is registered with something else; `detail` says what to do about it."""

    kind: str
    name: str
    version: str
    detail: str


def parts_of(pack: Pack) -> Iterator[tuple[str, Part]]:
    """Yield each part of *pack* with the file that it is changed in."""
    for packed in pack.contracts:
        yield from _of_contract(packed)
    for one in pack.documents:
        text = one.text.encode()
        part = Part(kind=one.kind, name=one.name, version=one.version, digest=_digest(text))
        yield one.files[0][1], part
    head = msgspec.json.encode(pack.head)
    part = Part(kind="pack", name=pack.head.pack, version=pack.head.version, digest=_digest(head))
    yield "pack.yaml", part


def _of_contract(packed: PackedContract) -> Iterator[tuple[str, Part]]:
    subject = packed.contract.subject
    yield packed.file, Part(kind=SUBJECT, name=subject, properties=packed.contract.registration)
    for one in packed.versions:
        digest = _digest(one.artifact)
        yield one.file, Part(kind=ARTIFACT, name=subject, version=one.version, digest=digest)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
