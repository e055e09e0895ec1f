"""
What a rule process died over is not shown to one again while its facts stay what they are.

A process may die of one case of a batch, so its whole batch is spared: the reference gives
the same decisions, and the batch's other cases are asked again as soon as they change.
"""

from collections.abc import Sequence

from rules.decision import Fact
from rules.packing import canonical, digest

MOST = 10_000
_Name = tuple[str, str]


class Spared:
    """Remembers at most *most* cases, by rule set and digest of facts; the oldest go first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._names: dict[_Name, None] = {}

    def add(self, key: str, cases: Sequence[Sequence[Fact]]) -> None:
        self._names.update(dict.fromkeys(_name(key, case) for case in cases))
        for name in list(self._names)[: max(0, len(self._names) - self._most)]:
            del self._names[name]

    def among(self, key: str, cases: Sequence[Sequence[Fact]]) -> frozenset[int]:
        """Return the places in *cases* of those that are spared."""
        if not self._names:
            return frozenset()
        return frozenset(at for at, case in enumerate(cases) if _name(key, case) in self._names)


def _name(key: str, case: Sequence[Fact]) -> _Name:
    return key, digest(canonical(case))
