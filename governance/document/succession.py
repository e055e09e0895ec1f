"""
A version takes the place of another, and gives way to it again.

Ways back end: a version that comes back gives way to the one that it gave way to before.
"""

from collections.abc import Iterator, Sequence

from governance.document.governed_document import GovernedDocument, State


def predecessor(versions: Sequence[GovernedDocument]) -> GovernedDocument | None:
    """
    Return the version that a way back leads to: whose place the one in force took.

    Where none is in force it is the one that was last; None where nothing older was in force.
    """
    standing = _standing(versions)
    if standing is None or not standing.active:
        return standing
    return next((one for one in versions if one.version == standing.supersedes), None)


def superseded(
    document: GovernedDocument, to: State, versions: Sequence[GovernedDocument]
) -> str | None:
    """Return the version whose place *document* takes when it comes *to* a state."""
    standing = _standing(versions)
    if to != "active" or standing is None or document.version in _line(standing, versions):
        return document.supersedes
    return standing.version


def _line(standing: GovernedDocument, versions: Sequence[GovernedDocument]) -> Iterator[str]:
    """Yield *standing* and whose places were taken, one after the other."""
    named = {one.version: one for one in versions}
    behind: GovernedDocument | None = standing
    while behind is not None:
        yield behind.version
        behind = named.get(behind.supersedes or "")


def _standing(versions: Sequence[GovernedDocument]) -> GovernedDocument | None:
    """Return the version in force, or else the one that was in force last."""
    retired = [one for one in versions if one.state == "retired"]
    last = max(retired, key=lambda one: one.changed_at, default=None)
    return next((one for one in versions if one.active), last)
