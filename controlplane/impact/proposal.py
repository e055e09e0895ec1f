"""A document that may become a version of a contract, held against the one that stands."""

from datetime import datetime

import msgspec

from controlplane.impact.dependant import Contracted
from governance.compatibility.comparison import Comparison, Terms
from governance.compatibility.modes import Edition, against_history
from governance.contract.artifact import Artifact
from governance.contract.catalogue import Contract, Version
from governance.contract.evolution import PUBLISHING, one_step, read_version
from governance.contract.published import PublishedVersion
from governance.impact.change import Change, changes
from governance.impact.place import field_of, places
from governance.version import SemanticVersion


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """`older` is None where nothing stands; `number` is the one that the document would have."""

    contract: Contract
    older: Version | None
    number: SemanticVersion
    artifact: Artifact
    content: bytes
    media_type: str

    @property
    def published(self) -> PublishedVersion:
        """The document as if it were in force."""
        return PublishedVersion(
            subject=self.contract.subject,
            version=str(self.number),
            format=self.contract.format,
            media_type=self.media_type,
            artifact=self.content,
            owner=self.contract.owner,
        )


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal, how it compares, and what of it is not as it was."""

    proposal: Proposal
    comparison: Comparison
    changes: tuple[Change, ...]
    fields: frozenset[str] | None

    @property
    def contracted(self) -> Contracted:
        """What is asked about whoever reads the contract."""
        one = self.proposal
        older = {one.older.number.major} if one.older else set()
        return Contracted(
            subject=one.contract.subject,
            majors=frozenset({one.number.major} | older),
            changes=self.changes,
            fields=self.fields,
            required=_required(one),
        )


def weighed(one: Proposal, *, at: datetime) -> Weighed:
    """Return *one* compared with what stands; raises `ArtifactError`."""
    before = read_version(one.older) if one.older else None
    compared, changed = Comparison(verdict="compatible"), tuple[Change, ...]()
    if one.older is not None and before is not None:
        format_, mode = one.contract.format, one_step(one.contract.compatibility)
        stood = Edition(version=one.older.version, artifact=before)
        terms = Terms(on=at.date(), policy=PUBLISHING)
        compared = against_history(format_, mode, one.artifact, [stood], terms)
        changed = changes(format_, mode, stood, one.artifact, terms)
    fields = _fields(one.contract.format, one.artifact, before)
    return Weighed(proposal=one, comparison=compared, changes=changed, fields=fields)


def _fields(format_: str, new: Artifact, old: Artifact | None) -> frozenset[str] | None:
    """Return the fields of the data before and after; None where the format tells none."""
    found = [places(format_, one.data) for one in (new, old) if one is not None]
    paths = {path for each in found if each for those in each.values() for path in those}
    return None if None in found else frozenset(field_of(path) for path in paths if path)


def _required(one: Proposal) -> frozenset[str]:
    data = one.artifact.data
    named = data.get("required") if isinstance(data, dict) else None
    if one.contract.format != "jsonschema" or not isinstance(named, list):
        return frozenset()
    return frozenset(each for each in named if isinstance(each, str))
