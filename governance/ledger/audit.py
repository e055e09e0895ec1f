"""
The whole ledger against itself and against every checkpoint that was kept.

The chain tells an entry that was changed, taken out or put in. That the end was cut off,
or everything sealed anew, only a checkpoint tells.
"""

from collections.abc import Iterable, Sequence

import msgspec

from governance.ledger.checkpoint import Checkpoint
from governance.ledger.entry import Break, Sealed, break_between
from governance.ledger.merkle import Growing, leaf_hash


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was looked at, and the first thing that does not hold.

    `sealed` is how many entries the newest checkpoint covers: of the others only the chain
    speaks.
    """

    entries: int
    checkpoints: int
    sealed: int
    head: str | None
    root: str
    broken: Break | None = None

    @property
    def holds(self) -> bool:
        return self.broken is None


class UnreadableError(ValueError):
    """The database cannot give back entry *number*, or one soon behind it."""

    def __init__(self, number: int, because: str) -> None:
        super().__init__(f"entry {number}: {because}")
        self.number = number


def audit(entries: Iterable[Sealed], checkpoints: Sequence[Checkpoint]) -> Audit:
    """Return whether *entries*, from the first one on, are what *checkpoints* have seen."""
    expected = seen(checkpoints)
    growing = Growing()
    last: Sealed | None = None
    broken = against(expected, growing)
    try:
        for entry in entries:
            broken = broken or break_between(last, entry)
            growing.add(leaf_of(entry.hash))
            broken = broken or against(expected, growing)
            last = entry
    except UnreadableError as error:
        broken = broken or Break(number=error.number, because="it cannot be read")
    sealed = max(expected, default=0)
    if broken is None and sealed > growing.size:
        because = f"a checkpoint has seen {sealed} entries, there are {growing.size}"
        broken = Break(number=growing.size + 1, because=because)
    return Audit(
        entries=growing.size,
        checkpoints=len(checkpoints),
        sealed=sealed,
        head=last.hash if last else None,
        root=growing.root.hex(),
        broken=broken,
    )


def leaf_of(hash_: str) -> bytes:
    """Return the leaf that stands for the entry with *hash_*."""
    return leaf_hash(hash_.encode())


def seen(checkpoints: Iterable[Checkpoint]) -> dict[int, set[str]]:
    """Return the roots that *checkpoints* have seen, by how many entries there were."""
    expected: dict[int, set[str]] = {}
    for checkpoint in checkpoints:
        expected.setdefault(checkpoint.size, set()).add(checkpoint.root)
    return expected


def against(expected: dict[int, set[str]], growing: Growing) -> Break | None:
    """Return the break when a checkpoint of as many entries has seen another root."""
    roots = expected.get(growing.size)
    if roots is None or roots == {growing.root.hex()}:
        return None
    because = f"the first {growing.size} entries are not those that a checkpoint has seen"
    return Break(number=growing.size, because=because)
