"""
Where the references of a document lead: nowhere outside it, and somewhere inside.

A document whose combinations come to too much is not followed at all.
"""

import re
from collections.abc import Iterator

from governance.contract.artifact import Artifact, Reference
from governance.contract.expansion import looked_up, measure
from governance.contract.finding import Finding

MAX_FINDINGS = 50
_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not"})
_COMBINING = _IN_PLACE | {"items"}
_IN_DATA = re.compile(r"(?<!/properties)/(example|examples|default|enum|const|x-[^/]*)(/|\Z)")
_SHOWN = 300


def refused(artifact: Artifact, referred: list[Reference], most: int) -> list[Finding]:
    """Return why *artifact* is looked at no further: it leads outside, or comes to over *most*."""
    message = "{} lies outside the document; move it under components and refer to it with #/"
    remote = [
        finding(artifact, "remote-reference", "error", r.pointer, message.format(r.target))
        for r in referred
        if r.remote
    ]
    return remote[:MAX_FINDINGS] or _too_large(artifact, most)


def _too_large(artifact: Artifact, most: int) -> list[Finding]:
    expansion = measure(artifact.data, _COMBINING)
    if expansion.unbounded or expansion.size > most:
        message = f"a schema's combinations come to more than {most:,} places"
        return [finding(artifact, "schema-too-large", "error", "", message)]
    if measure(artifact.data, _IN_PLACE).recursive:
        message = "a schema is made of itself, without anything in between"
        return [finding(artifact, "reference-cycle", "error", "", message)]
    return []


def unresolved(artifact: Artifact, referred: list[Reference]) -> Iterator[Finding]:
    """Of references by name only: an anchor is found by who reads the schema."""
    known: dict[str, bool] = {}
    for one in referred:
        target = one.target.removeprefix("#")
        if target and not target.startswith("/"):
            continue
        if target not in known:
            known[target] = looked_up(artifact.data, target) is not None
        if not known[target] and not _IN_DATA.search(one.pointer):
            message = f"a reference leads nowhere: {one.target}"[:_SHOWN]
            yield finding(artifact, "reference-unresolved", "error", one.pointer, message)


def finding(artifact: Artifact, rule: str, level: str, pointer: str, message: str) -> Finding:
    return Finding(
        id=f"{rule}:{pointer or '/'}",
        rule=rule,
        level=level,
        pointer=pointer,
        line=artifact.line(pointer),
        message=message,
    )
