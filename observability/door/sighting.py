"""What is seen at the door, and who is told of it."""

from collections.abc import Callable
from typing import Final, Literal

import msgspec

What = Literal["repeated", "limited"]
REPEATED: Final = "repeated"
"""An event or a command that was there before, and counts once."""
LIMITED: Final = "limited"
"""An answer 429: ours, or that of another system in a span that tells of it."""
Saw = Callable[[What, str, int], None]
"""Called with what was seen, of which source ("" where it is not known), and how many."""


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """`n` of `what` were seen of a `source` on one day."""

    what: What
    source: str
    n: int
    day: int = 0


def unseen(_what: What, _source: str, _n: int) -> None:
    """Nobody counts."""
