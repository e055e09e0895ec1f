"""
Under one version a rule says one thing: another wording, another version.

Test cases and places in the file are not of its wording: a case more changes nothing that the
rule says.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from rules.refusal import Problem
from rules.rule import Rule, RuleSet

_APART = {"place", "places", "pointer", "tests"}


def reworded(ruleset: RuleSet, known: Iterable[RuleSet]) -> Iterator[Problem]:
    """Yield each rule that one of *known* has with another wording under the same version."""
    written: dict[str, dict[str, tuple[Rule, str]]] = {}
    for other in known:
        for rule in other.rules:
            written.setdefault(rule.rule, {}).setdefault(rule.version, (rule, other.version))
    for rule in ruleset.rules:
        versions = written.get(rule.rule, {})
        if rule.version in versions:
            before, where = versions[rule.version]
            members = ", ".join(_changed(before, rule))
            if members:
                otherwise = f"says something else than in {where} ({members})"
                yield _problem(rule, otherwise, _next(rule.version, versions))


def _problem(rule: Rule, otherwise: str, suggested: str) -> Problem:
    place = rule.place("version")
    return Problem(
        pointer=f"{rule.pointer}/version",
        detail=f"{rule.rule!r} {otherwise} and is still {rule.version}; "
        f"raise its version, e.g. to {suggested}",
        line=place.line,
        column=place.column,
    )


def _changed(before: Rule, after: Rule) -> list[str]:
    """Return the members that two wordings of a rule do not share."""
    was, now = _bare(before), _bare(after)
    return [name for name in now if was[name] != now[name]]


def _bare(one: msgspec.Struct) -> dict[str, Any]:
    fields = (name for name in one.__struct_fields__ if name not in _APART)
    return {name: _plain(getattr(one, name)) for name in fields}


def _plain(value: object) -> object:
    match value:
        case msgspec.Struct():
            return type(value), _bare(value)
        case tuple():
            return [_plain(one) for one in value]
        case _:
            return value


def _next(version: str, taken: Iterable[str]) -> str:
    """Return the first patch version after *version* that is not *taken*."""
    major, minor, patch = version.partition("-")[0].split(".")
    number = int(patch) + 1
    while f"{major}.{minor}.{number}" in taken:
        number += 1
    return f"{major}.{minor}.{number}"
