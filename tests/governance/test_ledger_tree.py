"""The tree of RFC 6962, and the checkpoints over it."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from governance.ledger.checkpoint import (
    Checkpoint,
    CheckpointError,
    VerifierKey,
    notes_of,
    open_note,
    sign,
)
from governance.ledger.merkle import EMPTY, Growing, included, inclusion_path, leaf_hash, root_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def by_definition(some: list[bytes]) -> bytes:
    """MTH(D[n]) as section 2.1 of RFC 6962 writes it."""
    if not some:
        return hashlib.sha256().digest()
    if len(some) == 1:
        return some[0]
    half = 1
    while half * 2 < len(some):
        half *= 2
    halves = by_definition(some[:half]) + by_definition(some[half:])
    return hashlib.sha256(b"\x01" + halves).digest()


@given(st.integers(0, 70))
def test_the_root_is_that_of_the_standard_whatever_the_size(count: int):
    assert root_of(leaves(count)) == by_definition(leaves(count))


def test_without_leaves_there_is_the_empty_root():
    assert Growing().root == EMPTY


@given(st.integers(1, 70), st.data())
def test_every_leaf_is_proved_and_no_other_in_its_place(count: int, data: st.DataObject):
    index = data.draw(st.integers(0, count - 1))
    some = leaves(count)
    path, root = inclusion_path(some, index), root_of(some)
    assert included(some[index], index, count, path, root)
    assert not included(leaf_hash(b"another"), index, count, path, root)
    assert not included(some[index], index, count, [*path, root], root)
    assert not included(some[index], count, count, path, root)
    for elsewhere in range(count):
        if elsewhere != index:
            assert not included(some[index], elsewhere, count, path, root)


def test_a_checkpoint_is_read_by_its_key_and_by_no_other():
    said = Checkpoint(size=7, root=root_of(leaves(7)).hex(), at=NOON)
    note = sign(said, KEY)
    assert open_note(note, VerifierKey.of(KEY)) == said
    with pytest.raises(CheckpointError, match="not signed by"):
        open_note(note, VerifierKey.of(OTHER))
    with pytest.raises(CheckpointError, match="not signed by"):
        open_note(note.replace("\n7\n", "\n8\n"), VerifierKey.of(KEY))


def test_the_note_is_written_as_others_expect_it():
    origin, size, root, at, empty, signature = sign(
        Checkpoint(size=1, root="ab" * 32, at=NOON), KEY
    ).splitlines()
    assert (origin, size, at, empty) == ("controlplane/ledger", "1", "2026-03-02T12:00:00Z", "")
    assert base64.b64decode(root).hex() == "ab" * 32
    dash, name, encoded = signature.split(" ")
    assert (dash, name) == ("\u2014", "controlplane/ledger")
    assert base64.b64decode(encoded)[:4] == VerifierKey.of(KEY).hash


def test_a_key_is_read_from_its_text_and_a_misspelt_one_is_refused():
    key = VerifierKey.of(KEY)
    assert VerifierKey.read(key.text) == key
    for wrong in ("", "name", f"x{key.text}", key.text[:-4], key.text.replace("+", "-")):
        with pytest.raises(CheckpointError):
            VerifierKey.read(wrong)


def test_notes_stand_one_after_the_other_and_half_a_note_is_told():
    first, second = (sign(Checkpoint(size=n, root="00" * 32, at=NOON), KEY) for n in (1, 2))
    assert notes_of(f"{first}\n{second}\n") == [first, second]
    with pytest.raises(CheckpointError, match="not whole"):
        notes_of(first + second[:40])
