"""
The Merkle tree of RFC 6962 over the hashes of ledger entries, SHA-256.

A leaf is hashed with 0x00 before it, a node with 0x01: neither can pass for the other. Of
the first *n* leaves the tree has one root; a short path leads from any leaf to it, and
from the root of fewer leaves to it.
"""

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growing:
    """The roots of the whole subtrees so far, largest first: all that the next root needs."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """Append one leaf, as `leaf_hash` gave it."""
        self.size += 1
        width, root = 1, leaf
        while self._subtrees and self._subtrees[-1][0] == width:
            root = node_hash(self._subtrees.pop()[1], root)
            width *= 2
        self._subtrees.append((width, root))

    @property
    def root(self) -> bytes:
        if not self._subtrees:
            return EMPTY
        root = self._subtrees[-1][1]
        for _, left in reversed(self._subtrees[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over *leaves*, each as `leaf_hash` gave it."""
    growing = Growing()
    for leaf in leaves:
        growing.add(leaf)
    return growing.root


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the siblings from leaf *index* (0-based) up to the root over *leaves*."""
    if len(leaves) == 1:
        return []
    half = _split(len(leaves))
    if index < half:
        return [*inclusion_path(leaves[:half], index), root_of(leaves[half:])]
    return [*inclusion_path(leaves[half:], index - half), root_of(leaves[:half])]


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Return whether *path* leads from *leaf* at *index* to the *root* of *size* leaves."""
    if not 0 <= index < size:
        return False
    at, last, reached = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at % 2 or at == last:
            reached = node_hash(sibling, reached)
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            reached = node_hash(reached, sibling)
        at, last = at // 2, last // 2
    return last == 0 and reached == root


def _split(size: int) -> int:
    """Return the largest power of two below *size*."""
    return 1 << (size - 1).bit_length() - 1
