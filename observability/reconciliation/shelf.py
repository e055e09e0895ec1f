"""
Lines are put into buckets by their key; a bucket that says the same on both sides is not opened.

What does not fit into memory stands in files, a side's bucket in each, and is taken out once.
"""

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from observability.reconciliation.line import Line

BUCKETS = 256
MEMORY_BYTES = 64 * 1024 * 1024
_MASK = (1 << 128) - 1
_HEAD = 4
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Line)

Places = tuple[int, ...]
"""Which of the compared fields two sides share."""


class Shelf:
    """
    Keeps the lines of every side by bucket, and what each bucket says as a digest.

    *shared* are, of each side, the sets of fields that it is held against others with.
    """

    def __init__(
        self,
        folder: Path,
        shared: Mapping[str, Iterable[Places]],
        *,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._folder = folder
        self._shared = {side: tuple(dict.fromkeys(sets)) for side, sets in shared.items()}
        self._memory = memory_bytes
        self._held = 0
        self._buffers: dict[tuple[str, int], bytearray] = defaultdict(bytearray)
        self._keys: dict[tuple[str, int], array[int]] = defaultdict(lambda: array("Q"))
        self._digests: dict[tuple[str, Places, int], int] = defaultdict(int)

    def put(self, side: str, line: Line) -> None:
        raw = _encoder.encode(line.key)
        hashed = int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big")
        bucket = hashed % BUCKETS
        self._keys[side, bucket].append(hashed)
        for places in self._shared[side]:
            said = raw + _encoder.encode([line.values[place] for place in places])
            digest = int.from_bytes(hashlib.blake2b(said, digest_size=16).digest(), "big")
            name = (side, places, bucket)
            self._digests[name] = (self._digests[name] + digest) & _MASK
        record = _encoder.encode(line)
        self._buffers[side, bucket] += len(record).to_bytes(_HEAD, "big") + record
        self._held += len(record) + _HEAD
        if self._held > self._memory:
            self._spill()

    def alike(self, left: str, right: str, places: Places, bucket: int) -> bool:
        """Whether both sides say the same in *bucket*, as often as each other."""
        return self._digests.get((left, places, bucket), 0) == self._digests.get(
            (right, places, bucket), 0
        )

    def keys(self, side: str, bucket: int) -> int:
        """Return how many keys *side* has in *bucket*."""
        return len(set(self._keys[side, bucket]))

    def repeats(self, side: str, bucket: int) -> bool:
        """Whether a key may stand twice in *bucket*."""
        return self.keys(side, bucket) < len(self._keys[side, bucket])

    def take(self, side: str, bucket: int) -> list[Line]:
        """Return the lines of *side* in *bucket*."""
        file = self._file(side, bucket)
        raw = file.read_bytes() if file.exists() else b""
        raw += self._buffers.pop((side, bucket), b"")
        lines, place = [], 0
        while place < len(raw):
            start = place + _HEAD
            place = start + int.from_bytes(raw[place:start], "big")
            lines.append(_decoder.decode(raw[start:place]))
        return lines

    def _spill(self) -> None:
        for (side, bucket), buffer in self._buffers.items():
            with self._file(side, bucket).open("ab") as file:
                file.write(buffer)
        self._buffers.clear()
        self._held = 0

    def _file(self, side: str, bucket: int) -> Path:
        return self._folder / f"{side}-{bucket}"


def unlike(shelf: Shelf, pairs: Sequence[tuple[str, str, Places | None]], bucket: int) -> set[str]:
    """Return the sides of *pairs* that are to be looked at line by line; no places: always."""
    found: set[str] = set()
    for left, right, places in pairs:
        repeated = shelf.repeats(left, bucket) or shelf.repeats(right, bucket)
        if places is None or repeated or not shelf.alike(left, right, places, bucket):
            found |= {left, right}
    return found
