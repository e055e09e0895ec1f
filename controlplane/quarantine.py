"""
A case that rule processes die over is not shown to the engine again while its facts stay.

It is known by its rule set and the digest of its facts. A rule set of which several cases are
held is held whole, until another takes its place.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from rules.decision import Fact
from rules.packing import canonical, digest

MOST = 10_000
MOST_OF_ONE = 5
"""Cases of one rule set, after which no other is tried."""
_Name = tuple[str, str]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Why a case is held; *hopeless* where the reference alone did not come through either."""

    because: str
    hopeless: bool = False


class Quarantine:
    """Holds at most *most* cases; the oldest go first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held: dict[_Name, Held] = {}
        self._of_one: Counter[str] = Counter()
        self._remembered: set[str] = set()
        self._suspected: dict[_Name, None] = {}

    def hold(self, key: str, facts_digest: str, held: Held) -> None:
        name = key, facts_digest
        if name not in self._held:
            self._of_one[key] += 1
        self._held[name] = held
        while len(self._held) > self._most:
            self._release(next(iter(self._held)))

    def remember(self, key: str, facts_digest: str, held: Held) -> None:
        """Hold a case that was held before: it does not count against its rule set."""
        self._held.setdefault((key, facts_digest), held)
        self._remembered.add(key)

    def among(self, key: str, cases: Sequence[Sequence[Fact]]) -> dict[int, Held]:
        """Return those of *cases* that are held, by their place."""
        if not self._of_one[key] and key not in self._remembered:
            return {}
        return self.known(key, [digest_of(case) for case in cases])

    def known(self, key: str, digests: Sequence[str]) -> dict[int, Held]:
        """Return those of the cases of *digests* that are held, by their place."""
        named = {at: self._held.get((key, one)) for at, one in enumerate(digests)}
        if self._of_one[key] >= MOST_OF_ONE:
            because = f"rule processes ended over {self._of_one[key]} cases of this rule set"
            whole = Held(because=because)
            return {at: held or whole for at, held in named.items()}
        return {at: held for at, held in named.items() if held is not None}

    def suspects(self, key: str, facts_digest: str) -> bool:
        """Return whether the case was suspected before; it is from now on."""
        name = key, facts_digest
        if name in self._suspected:
            return True
        self._suspected[name] = None
        if len(self._suspected) > self._most:
            del self._suspected[next(iter(self._suspected))]
        return False

    def forget(self, key: str) -> None:
        """Release what is held of the rule set *key*."""
        self._remembered.discard(key)
        for name in [one for one in self._held if one[0] == key]:
            self._release(name)

    def _release(self, name: _Name) -> None:
        del self._held[name]
        self._of_one[name[0]] = max(0, self._of_one[name[0]] - 1)


def digest_of(case: Sequence[Fact]) -> str:
    """Return the digest under which a decision names its facts."""
    return digest(canonical(case))
