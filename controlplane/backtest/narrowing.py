"""
Of the past only the rules that differ are asked: all others would say the same twice.

A rule is judged alone, except that rules of one set may share derived fields and a calendar, and
yield to each other by priority; where those differ or are used, all rules are asked.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from controlplane.backtest.comparing import Versions
from controlplane.pipeline.definitions import RulesInForce
from rules.document import read_yaml
from rules.language import MAX_BYTES, read_ruleset
from rules.uses import uses

_Rules = Mapping[str, Any]
_SHARED = ("process", "calendar", "derived")
_ABOUT_THE_RULE = frozenset({"version", "question", "rationale", "next_step", "tests"})


def narrowed(versions: Versions) -> Versions | None:
    """Return *versions* with the rules in which they differ; None when they say the same."""
    if versions.before is None:
        return versions
    before, after = _read(versions.before), _read(versions.after)
    if _entangled(before, after):
        return versions
    old, new = _rules(before), _rules(after)
    names = {one for one in old.keys() | new.keys() if old.get(one) != new.get(one)}
    if not names:
        return None
    if not names & old.keys() or not names & new.keys():
        common = sorted(old.keys() & new.keys())
        if not common:
            return versions
        names.add(common[0])  # no version is without a rule
    return Versions(
        before=_only(versions.before, before, names), after=_only(versions.after, after, names)
    )


def _read(rules: RulesInForce) -> dict[str, Any]:
    data, _ = read_yaml(rules.text, MAX_BYTES)
    plain: dict[str, Any] = data
    return plain


def _entangled(before: _Rules, after: _Rules) -> bool:
    priorities = (one.get("priority", 0) for data in (before, after) for one in data["rules"])
    shared = any(before.get(name) != after.get(name) for name in _SHARED)
    return shared or len(set(priorities)) > 1


def _rules(data: _Rules) -> dict[str, Any]:
    """Return what each rule says, apart from what only its readers look at."""
    return {
        one["rule"]: {name: value for name, value in one.items() if name not in _ABOUT_THE_RULE}
        for one in data["rules"]
    }


def _only(rules: RulesInForce, data: _Rules, names: set[str]) -> RulesInForce:
    kept = [one for one in data["rules"] if one["rule"] in names]
    text = msgspec.json.encode({**data, "rules": kept}).decode()
    ruleset = read_ruleset(text)
    return replace(
        rules,
        key=f"{rules.key}/{hashlib.sha256(text.encode()).hexdigest()[:12]}",
        ruleset=ruleset,
        text=text,
        uses=uses(ruleset),
    )
