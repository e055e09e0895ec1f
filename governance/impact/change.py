"""
What a comparison says changed, told by the field or the operation that somebody uses.

Who reads a field is touched by its change in whatever direction, so both are asked; how bad it
is, is said for the direction that the contract is held to. Titles and descriptions touch nobody.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from governance.compatibility.comparison import Direction, Terms
from governance.compatibility.modes import DIRECTIONS, Edition, between
from governance.contract.artifact import Artifact
from governance.contract.catalogue import Compatibility
from governance.contract.evolution import one_step
from governance.contract.expansion import unescaped
from governance.contract.finding import BLOCKING, Finding
from governance.impact.place import Places, joined, nearest, places

Kind = Literal["removed", "added", "changed"]
WHOLE = ""
"""The field of a change that is of the document itself, and of whoever reads any of it."""
_RANK = {"breaking": 0, "not_evaluated": 1, "warning": 2, "info": 3}
_UNTOUCHING = re.compile(r"(TITLE|DESCRIPTION|DEFAULT|ID)_CHANGED|api-(version|tag)-.*")
_GONE = re.compile(r"removed|no.delete|deleted", re.IGNORECASE)
_NEW = re.compile(r"added|^new-", re.IGNORECASE)
_NAMED = re.compile(r"the field (\S+) \(\d+\)")
_SCHEMA = re.compile(r"/(?:schema|payload)(?=/)|/components/schemas/[^/]+(?=/)")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """
    A field, an operation, or a field of an operation that is not what it was.

    `level` is the worst that is said of it in the contract's own direction; `findings` are
    the ids of what is said of it there.
    """

    operation: str = ""
    field: str = WHOLE
    kind: Kind = "changed"
    level: str = "info"
    findings: tuple[str, ...] = ()

    @property
    def felt(self) -> bool:
        """Whether it can touch who is there already: what may be told besides touches nobody."""
        return self.kind != "added" or self.level in BLOCKING

    @property
    def place(self) -> str:
        """As a person says it: `GET /orders total`, `amount.currency`, `the whole document`."""
        said = " ".join(one for one in (self.operation, self.field) if one)
        return said or "the whole document"


def changes(
    format_: str, mode: Compatibility, old: Edition, new: Artifact, terms: Terms
) -> tuple[Change, ...]:
    """Return what is not in *new* as it was in *old*, the worst first."""
    counted = DIRECTIONS[one_step(mode)]
    standing = _Places(format_, old.artifact, new)
    found: dict[tuple[str, str], Change] = {}
    both: tuple[Direction, ...] = ("backward", "forward")
    for direction in both:
        for one in between(format_, old, new, direction, terms):
            if _UNTOUCHING.fullmatch(one.rule):
                continue
            level = one.level if direction in counted else "info"
            for operation, field in standing.of(one):
                if operation or field or one.level != "info":
                    known = found.get((operation, field))
                    kind = standing.kind(field, one) if known is None else known.kind
                    told = Change(operation=operation, field=field, kind=kind)
                    ids = (one.id,) if direction in counted else ()
                    found[operation, field] = _with(known or told, level, ids)
    return tuple(sorted(found.values(), key=_order))


def _with(change: Change, level: str, ids: tuple[str, ...]) -> Change:
    worst = min((change.level, level), key=lambda one: _RANK.get(one, 0))
    return msgspec.structs.replace(change, level=worst, findings=(*change.findings, *ids))


def _order(one: Change) -> tuple[int, str, str]:
    return _RANK.get(one.level, 0), one.operation, one.field


class _Places:
    """Where findings about two documents of one format stand."""

    def __init__(self, format_: str, old: Artifact, new: Artifact) -> None:
        self._format = format_
        self._old: Places = places(format_, old.data) or {}
        self._new: Places = places(format_, new.data) or {}
        self._before = {path for paths in self._old.values() for path in paths}
        self._after = {path for paths in self._new.values() for path in paths}

    def of(self, finding: Finding) -> Iterator[tuple[str, str]]:
        """Yield (operation, field) of each place that *finding* speaks of."""
        if self._format == "jsonschema":
            yield from (("", one) for one in self._of_schema(finding))
        elif self._format == "avro":
            yield from (("", one) for one in nearest(self._side(finding), finding.pointer))
        elif self._format == "protobuf":
            yield _of_protobuf(finding)
        else:
            yield finding.path, _within_schema(finding.pointer)

    def kind(self, field: str, finding: Finding) -> Kind:
        if self._before or self._after:
            was, is_ = field in self._before, field in self._after
            return "changed" if was == is_ else "removed" if was else "added"
        forward = finding.direction == "forward"
        gone, new = (_NEW, _GONE) if forward else (_GONE, _NEW)
        if gone.search(finding.rule):
            return "removed"
        return "added" if new.search(finding.rule) else "changed"

    def _of_schema(self, finding: Finding) -> Iterable[str]:
        pointer = finding.pointer
        if pointer.startswith(("/$defs/", "/definitions/")) and not self._named(pointer):
            return ()  # what nothing refers to is told nowhere
        found = dict.fromkeys((*nearest(self._new, pointer), *nearest(self._old, pointer)))
        if pointer.endswith("/required"):
            values = (one for one in (finding.before, finding.after) if isinstance(one, str))
            return [joined(path, name) for path in found for name in values]
        deepest = max((len(one) for one in found), default=0)
        return [one for one in found if one or not deepest]

    def _named(self, pointer: str) -> bool:
        return any(nearest(one, pointer) not in {(), ("",)} for one in (self._old, self._new))

    def _side(self, finding: Finding) -> Places:
        """A pointer leads into whoever reads, but for a field that only the writer has."""
        taken = finding.rule == "FIELD_REMOVED"
        return self._old if taken == (finding.direction == "backward") else self._new


def _of_protobuf(finding: Finding) -> tuple[str, str]:
    named = finding.id.removeprefix("forward:").partition("@")[0].rpartition(":")[2]
    if finding.rule.startswith("RPC"):
        return named, WHOLE
    told = _NAMED.search(finding.message)
    return "", told[1] if told else named  # an id knows a field by its number


def _within_schema(pointer: str) -> str:
    """Return the path below the last schema that *pointer* goes through."""
    begins = [one.end() for one in _SCHEMA.finditer(pointer)]
    path, steps = "", iter(pointer[begins[-1] :].split("/")[1:] if begins else [])
    for step in steps:
        if step == "properties":
            path = joined(path, unescaped(next(steps, "")))
        elif step == "items":
            path = f"{path}[]"
    return path
