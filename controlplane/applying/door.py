"""What the door saw is added to its day."""

import msgspec

from controlplane.applying.applying import Applying
from controlplane.door import Seen
from controlplane.pipeline.command import Outcome
from observability.door import stores


def see(applying: Applying) -> Outcome:
    """Add what was seen to the day of the command."""
    seen = msgspec.convert(applying.command.body, Seen).seen
    stores.see(applying.state, seen, at=applying.command.at)
    return Outcome(status=200, body={"seen": len(seen)})
