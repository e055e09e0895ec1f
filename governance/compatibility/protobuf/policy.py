"""
Which changes break and which are only told.

Without a `buf.yaml` beside the files, `strict` is buf's own default, the category `FILE`, and
`lenient` is `WIRE_JSON`; what the other rules find is told as information. A `buf.yaml` says
itself which rules are used, and only those are heard.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from governance.compatibility.comparison import Policy
from governance.compatibility.protobuf.change import Change
from governance.compatibility.protobuf.rules import CATEGORIES, REMOVING, chosen
from governance.contract.artifact import Json
from governance.contract.finding import Finding, Level

_BY_POLICY: dict[Policy, str] = {"strict": "FILE", "lenient": "WIRE_JSON"}
_RENAMED = {
    "FIELD_SAME_CTYPE": "FIELD_SAME_CPP_STRING_TYPE",
    "FIELD_SAME_LABEL": "FIELD_SAME_CARDINALITY",
    "FILE_SAME_JAVA_STRING_CHECK_UTF8": "FIELD_SAME_JAVA_UTF8_VALIDATION",
}
"""Ids that buf has retired, and what it does in their place."""
_UNSTABLE = re.compile(r"(?:^|\.)v\d+(?:test.*|(?:p\d+)?(?:alpha|beta)\d*)$")


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """`ignored`: files or folders left out; `ignored_only`: the same for one rule each."""

    breaking: frozenset[str]
    told: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()
    ignored_only: dict[str, tuple[str, ...]] = {}
    unstable_ignored: bool = False

    def findings(self, changes: Iterable[Change]) -> Iterator[Finding]:
        for change in changes:
            level = self._level(change)
            if level:
                yield change.finding(level)

    def _level(self, change: Change) -> Level | None:
        if self.unstable_ignored and _UNSTABLE.search(change.package):
            return None
        where = (*self.ignored, *self.ignored_only.get(change.rule, ()))
        if change.path and any(_within(change.path, one) for one in where):
            return None
        if change.rule in self.breaking:
            return "breaking"
        return "info" if change.rule in self.told else None


def judgement(settings: Json, policy: Policy, *, forward: bool = False) -> Judgement:
    """Return what a `buf.yaml` of *settings* says of breaking, None of them what *policy* does."""
    asked = REMOVING ^ CATEGORIES.keys() if forward else frozenset(CATEGORIES)
    if settings is None:
        breaking = chosen(frozenset({_BY_POLICY[policy]})) & asked
        return Judgement(breaking=breaking, told=asked - breaking)
    said = settings.get("breaking") if isinstance(settings, dict) else None
    said = said if isinstance(said, dict) else {}
    used = chosen(_ids(said.get("use")) or frozenset({_BY_POLICY["strict"]}))
    only = said.get("ignore_only")
    by_name = only.items() if isinstance(only, dict) else ()
    return Judgement(
        breaking=asked & used - chosen(_ids(said.get("except"))),
        ignored=_texts(said.get("ignore")),
        ignored_only=_by_rule((str(name), _texts(paths)) for name, paths in by_name),
        unstable_ignored=said.get("ignore_unstable_packages") is True,
    )


def _by_rule(entries: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, paths in entries:
        for rule in chosen(_ids([name])):
            found[rule] = (*found.get(rule, ()), *paths)
    return found


def _ids(said: Json) -> frozenset[str]:
    return frozenset(_RENAMED.get(one, one) for one in _texts(said))


def _texts(said: Json) -> tuple[str, ...]:
    return tuple(one for one in said if isinstance(one, str)) if isinstance(said, list) else ()


def _within(path: str, place: str) -> bool:
    place = place.removeprefix("./").rstrip("/")
    return place in {"", ".", path} or path.startswith(f"{place}/")
