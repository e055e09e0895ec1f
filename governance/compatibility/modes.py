"""
The seven modes: which versions a candidate is held against, and in which direction.

`backward`: who is on the candidate copes with what the older version allowed; `forward`:
who is on the older version copes with what the candidate allows; `full`: both. Without
`transitive` only the latest version counts, with it every one. `none` compares nothing.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from governance.compatibility.comparison import Comparison, Direction, Terms, concluded
from governance.compatibility.formats import DIFFERENCES
from governance.contract.artifact import Artifact
from governance.contract.catalogue import Compatibility
from governance.contract.finding import Finding

DIRECTIONS: dict[str, tuple[Direction, ...]] = {
    "none": (),
    "backward": ("backward",),
    "forward": ("forward",),
    "full": ("backward", "forward"),
}


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the history; `version` is empty when it has no name."""

    artifact: Artifact
    version: str = ""


def against_history(
    format_: str,
    mode: Compatibility,
    candidate: Artifact,
    history: Sequence[Edition],
    terms: Terms,
) -> Comparison:
    """
    Return how *candidate* stands to *history*, the oldest first, under *mode*.

    Each finding names the version it was found against.
    """
    directions = DIRECTIONS[mode.removesuffix("_transitive")]
    if not directions:
        return Comparison(verdict="compatible")
    editions = history if mode.endswith("_transitive") else history[-1:]
    return concluded(
        finding
        for edition in reversed(editions)
        for direction in directions
        for finding in between(format_, edition, candidate, direction, terms)
    )


def between(
    format_: str, older: Edition, newer: Artifact, direction: Direction, terms: Terms
) -> list[Finding]:
    """Return the differences between two documents, seen in one direction."""
    compare = DIFFERENCES.get(format_)
    if compare is None:
        return [_placed(_not_compared(format_), older, newer, direction)]
    if direction == "backward":
        found = compare(older.artifact.data, newer.data, terms)
    else:
        found = [
            replace(one, before=one.after, after=one.before, message=f"{_REVERSED}{one.message}")
            for one in compare(newer.data, older.artifact.data, replace(terms, forward=True))
        ]
    return [_placed(one, older, newer, direction) for one in found]


_REVERSED = "read by the older version: "


def _placed(finding: Finding, older: Edition, newer: Artifact, direction: Direction) -> Finding:
    """A finding's id says direction and version too, so that a waiver is of one of them only."""
    at = newer if finding.pointer in newer.lines else older.artifact
    told = finding.id if direction == "backward" else f"forward:{finding.id}"
    return replace(
        finding,
        id=f"{told}@{older.version}" if older.version else told,
        direction=direction,
        against=older.version,
        line=finding.line or at.line(finding.pointer),
    )


def _not_compared(format_: str) -> Finding:
    return Finding(
        id="not-evaluated",
        rule="not-evaluated",
        level="not_evaluated",
        message=f"not evaluated: versions of {format_} are not compared yet",
    )
