"""What a check says about a document: where, how bad, and what was there before."""

from typing import Any, Literal

import msgspec

Level = Literal["error", "breaking", "not_evaluated", "warning", "info"]
"""
`error`: the document cannot be used. `breaking`: somebody who relies on the older version
is hurt. `not_evaluated`: the checker could not judge it, which stops a version like a
breaking change. The others inform.
"""
BLOCKING: frozenset[Level] = frozenset({"error", "breaking", "not_evaluated"})
LINT = "lint:"
"""What the id of a finding begins with that a lint policy asks for."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """
    One thing to say about an artifact; `id` names this finding, `rule` the kind of it.

    `pointer` is a JSON Pointer into the newer document (into the older one for what was
    taken away), `path` the place in words of the format, such as `GET /orders`.
    `against` is the version that a difference was found against.
    """

    id: str
    rule: str
    level: str
    message: str
    direction: str = "both"
    pointer: str = ""
    path: str = ""
    line: int = 0
    before: Any = None
    after: Any = None
    against: str = ""

    @property
    def of_style(self) -> bool:
        """Whether a lint policy asks for it: whoever relies on the document is not hurt."""
        return self.id.startswith(LINT)
