"""
How a version stands to those that were published before it.

A draft binds nobody, so it is held against nothing but what was published once: in force,
or retired, since its events may still lie in a log.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from governance.compatibility.comparison import Policy, Terms
from governance.compatibility.modes import Edition, against_history
from governance.contract.artifact import Artifact, ArtifactError, read_artifact
from governance.contract.catalogue import Compatibility, Contract, Lifecycle, Version
from governance.contract.finding import Finding
from governance.contract.numbering import advice
from governance.version import SemanticVersion

PUBLISHING: Policy = "lenient"
"""Producers add names to open events every day: that is told of, and publishes all the same."""
_ONCE_PUBLISHED: tuple[Lifecycle, ...] = ("published", "deprecated", "retired")
_OF_EITHER_FORM = "application/vnd.oai.openapi"  # JSON is YAML, too


def against_published(  # noqa: PLR0913 - a candidate, what it is held against, when and how
    contract: Contract,
    candidate: Artifact,
    number: SemanticVersion,
    versions: Iterable[Version],
    *,
    at: datetime,
    policy: Policy = PUBLISHING,
) -> tuple[Finding, ...]:
    """
    Return what is found between *candidate* and its predecessors, by the contract's mode.

    A number below all that were published is no way round them: the lowest of them stands in.
    """
    once = published_once(versions)
    history = predecessors(once, number) or once[:1]
    counted = history if contract.compatibility.endswith("_transitive") else history[-1:]
    try:
        editions = [edition(one) for one in counted]
    except ArtifactError as error:
        return (_unreadable(error),)
    terms = Terms(on=at.date(), policy=policy)
    found = against_history(
        contract.format, contract.compatibility, candidate, editions, terms
    ).findings
    below = history[-1].number if history and history[-1].number < number else None
    return (*found, *advice(found, number, below))


def predecessors(versions: Iterable[Version], number: SemanticVersion) -> Sequence[Version]:
    """Return the versions below *number* that were published once, the oldest first."""
    return [one for one in published_once(versions) if one.number < number]


def published_once(versions: Iterable[Version]) -> Sequence[Version]:
    """Return the versions that are in force or were, the oldest first."""
    once = [one for one in versions if one.lifecycle in _ONCE_PUBLISHED]
    return sorted(once, key=lambda one: one.number)


def edition(version: Version) -> Edition:
    """Return *version* as one document of a history; raises `ArtifactError`."""
    return Edition(version=version.version, artifact=read_version(version))


def read_version(version: Version) -> Artifact:
    """Return the document of *version*; raises `ArtifactError`."""
    return read_artifact(version.artifact, form_of(version.media_type))


def form_of(media_type: str) -> str:
    """Return the media type by which an artifact is read."""
    return "application/yaml" if media_type == _OF_EITHER_FORM else media_type


def one_step(mode: Compatibility) -> Compatibility:
    """Return *mode* for two versions alone; a contract without a mode is shown backward."""
    steps: dict[str, Compatibility] = {
        "backward": "backward",
        "forward": "forward",
        "full": "full",
    }
    return steps.get(mode.removesuffix("_transitive"), "backward")


def _unreadable(error: ArtifactError) -> Finding:
    return Finding(
        id="not-evaluated",
        rule="not-evaluated",
        level="not_evaluated",
        message=f"not evaluated: an older version cannot be read: {error.message}",
    )
