"""
Whether the contracts of a change may go out, judged against those that stand.

A document that is new is held to its own format; one that stood is compared with what it was;
a version with those below it, and never with itself under other bytes. What was taken away
breaks whoever relies on it. The mode is the one that stands: a change does not loosen its own.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import cast

import msgspec

from controlplane.cli.contract_files import Filed
from governance.compatibility.comparison import Comparison, Terms, Verdict, concluded
from governance.compatibility.modes import Edition
from governance.contract.artifact import Artifact
from governance.contract.catalogue import Compatibility
from governance.contract.comparing import compare_all
from governance.contract.finding import BLOCKING, Finding
from governance.contract.numbering import advice
from governance.contract.versions import CHECKS
from governance.version import SemanticVersion

OLDER = "old:"
"""The id of a finding about the older document begins so; its line is not of the newer one."""


class Located(Finding, frozen=True, kw_only=True):
    """`file` and `line` lead to the newer document, where somebody can change it."""

    file: str = ""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """`against` names what it was held against; empty: nothing, since it is new."""

    name: str
    file: str
    format: str
    against: str
    verdict: Verdict
    findings: tuple[Located, ...] = ()


def judge(
    newer: Sequence[Filed],
    older: Sequence[Filed],
    *,
    against: str,
    terms: Terms,
    mode: Compatibility | None = None,
) -> list[Judged]:
    """
    Return what is new, changed or gone in *newer*, held against *older*; *against* names that.

    *mode* None: the one of each contract, `backward` where none says.
    """
    stood = {one.name: one for one in older}
    judged = [
        _version(one, newer, older, terms, mode) if one.version else _alone(one, stood, terms, mode)
        for one in newer
        if not _same(one, stood.get(one.name))
    ]
    told = [
        msgspec.structs.replace(one, against=one.against and f"{against}:{one.against}")
        for one in judged
    ]
    left = {one.name for one in newer}
    return [*told, *(_gone(one, against) for one in older if one.name not in left)]


def judge_pair(old: Filed, new: Filed, *, terms: Terms, mode: Compatibility | None) -> Judged:
    """Return how *new* stands to *old*, whatever their names."""
    if old.format != new.format:
        message = f"{old.file} is {old.format} and {new.file} is {new.format}"
        found = Finding(
            id="format-changed", rule="format-changed", level="not_evaluated", message=message
        )
        return _judged(new, old.file, concluded([found]))
    return _judged(new, old.file, _compared(new, [old], terms, mode or "backward"))


def worst(judged: Sequence[Judged]) -> Verdict:
    """Return the verdict over all: one that is not compatible stands for them."""
    verdicts = {one.verdict for one in judged}
    order: tuple[Verdict, ...] = ("incompatible", "not_evaluated")
    return next((one for one in order if one in verdicts), "compatible")


def stopped(judged: Sequence[Judged]) -> bool:
    """Whether something may not go out: it breaks, is not judged, or a lint policy blocks it."""
    return worst(judged) != "compatible" or any(map(held_back, judged))


def held_back(judged: Judged) -> bool:
    """Whether a lint policy in force lets nobody publish it as it is."""
    return any(one.of_style and one.level in BLOCKING for one in judged.findings)


def located(filed: Filed, finding: Finding) -> Located:
    """Return *finding* at its line of the newer document, or at the nearest above what is gone."""
    file, line = filed.file, finding.line
    if finding.id.startswith(OLDER):
        fields = msgspec.structs.asdict(finding)
        return Located(**{**fields, "file": file, "line": 0})
    data = filed.artifact.data if filed.artifact is not None else None
    if filed.format == "protobuf" and not filed.content and isinstance(data, dict):
        file = _proto(filed.file, data, finding.path)
    elif filed.artifact is not None and filed.format != "protobuf":
        line = filed.artifact.line(finding.pointer)
    fields = msgspec.structs.asdict(finding)
    return Located(**{**fields, "file": file, "line": line})


def _same(new: Filed, old: Filed | None) -> bool:
    if old is None or new.artifact is None or old.artifact is None:
        return False
    if new.version:
        return new.content == old.content
    return bool(new.artifact.data == old.artifact.data)


def _alone(
    new: Filed, stood: Mapping[str, Filed], terms: Terms, mode: Compatibility | None
) -> Judged:
    old = stood.get(new.name)
    if old is None:
        return _judged(new, "", _held_to_format(new))
    return msgspec.structs.replace(judge_pair(old, new, terms=terms, mode=mode), against=old.name)


def _version(
    new: Filed,
    newer: Sequence[Filed],
    older: Sequence[Filed],
    terms: Terms,
    mode: Compatibility | None,
) -> Judged:
    standing = [one for one in older if one.subject == new.subject]
    if any(one.version == new.version for one in standing):
        message = f"{new.name} stands with other bytes; a version never changes: add a new one"
        found = Finding(
            id="version-changed", rule="version-changed", level="breaking", message=message
        )
        return _judged(new, new.name, concluded([found]))
    every = {one.version: one for one in (*newer, *standing) if one.subject == new.subject}
    number = SemanticVersion.of(new.version)
    below = sorted(
        (one for one in every.values() if SemanticVersion.of(one.version) < number),
        key=lambda one: SemanticVersion.of(one.version),
    )
    if not below:
        return _judged(new, "", _held_to_format(new))
    stands = next((one.mode for one in standing), new.mode)
    held = mode or cast("Compatibility", stands)
    compared = _compared(new, below, terms, held).findings
    promised = advice(compared, number, SemanticVersion.of(below[-1].version))
    return _judged(new, below[-1].name, concluded((*compared, *promised)))


def _compared(
    new: Filed, history: Sequence[Filed], terms: Terms, mode: Compatibility
) -> Comparison:
    counted = history if mode.endswith("_transitive") else history[-1:]
    editions: list[Edition] = []
    problems = [new.problem] if new.problem is not None else []
    for old in counted:
        if old.artifact is not None:
            editions.append(Edition(artifact=old.artifact, version=old.version))
        elif old.problem is not None:
            problems.append(_of_older(old.problem))
    if new.artifact is None or problems:
        return concluded(problems)
    return compare_all(new.format, mode, editions, new.artifact, terms)


def _of_older(problem: Finding) -> Finding:
    message = f"the older document {problem.message}"
    return msgspec.structs.replace(problem, id=f"{OLDER}{problem.id}", message=message)


def _held_to_format(new: Filed) -> Comparison:
    if new.problem is not None or new.artifact is None:
        return concluded([new.problem] if new.problem is not None else [])
    return concluded(CHECKS[new.format](new.artifact))


def _gone(old: Filed, against: str) -> Judged:
    what = "version" if old.version else "contract"
    rule = f"{what}-removed"
    message = f"{old.name} is there no more; whoever relies on it finds nothing"
    found = Finding(id=rule, rule=rule, level="breaking", message=message)
    emptied = msgspec.structs.replace(old, artifact=Artifact(None, dict))
    return _judged(emptied, f"{against}:{old.name}", concluded([found]))


def _judged(filed: Filed, against: str, found: Comparison) -> Judged:
    return Judged(
        name=filed.name,
        file=filed.file or filed.name,
        format=filed.format,
        against=against,
        verdict=found.verdict,
        findings=tuple(located(filed, one) for one in found.findings),
    )


def _proto(root: str, texts: Mapping[str, str], path: str) -> str:
    """Return the file that *path* is imported from; imports are written below a module's folder."""
    written = (one for one in texts if one == path or one.endswith(f"/{path}"))
    return (PurePosixPath(root) / next(written, path)).as_posix()
