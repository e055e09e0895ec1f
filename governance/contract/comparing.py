"""Two documents compared on request; nothing is looked up and nothing is stored."""

from collections.abc import Sequence

from governance.compatibility.comparison import Comparison, Terms, concluded
from governance.compatibility.jsonschema.usable import unusable
from governance.compatibility.modes import Edition, against_history
from governance.contract.artifact import Artifact
from governance.contract.catalogue import Compatibility
from governance.contract.finding import Finding
from governance.contract.versions import CHECKS


def compare(
    format_: str, mode: Compatibility, old: Artifact, new: Artifact, terms: Terms
) -> Comparison:
    """Return how *new* stands to *old*; the errors of either, when it cannot be used at all."""
    return compare_all(format_, mode, [Edition(artifact=old)], new, terms)


def compare_all(
    format_: str, mode: Compatibility, history: Sequence[Edition], new: Artifact, terms: Terms
) -> Comparison:
    """Return how *new* stands to those of *history* that *mode* counts, the oldest first."""
    counted = history if mode.endswith("_transitive") else history[-1:]
    errors = [
        *[_of_older(one) for old in counted for one in errors_of(format_, old.artifact)],
        *errors_of(format_, new),
    ]
    if errors:
        return concluded(errors)
    return against_history(format_, mode, new, counted, terms)


def errors_of(format_: str, artifact: Artifact) -> list[Finding]:
    if format_ == "jsonschema":
        return unusable(artifact)
    return [one for one in CHECKS[format_](artifact) if one.level == "error"]


def _of_older(finding: Finding) -> Finding:
    return Finding(
        id=f"old:{finding.id}",
        rule=finding.rule,
        level=finding.level,
        pointer=finding.pointer,
        line=finding.line,
        message=f"the older document: {finding.message}",
    )
