"""What nobody asks for any more presses nobody: a rule or an objective out of force ends it."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from governance.exception.ending import ended
from governance.exception.process_exception import Change, ProcessException


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """What a process is asked no longer: whole rule sets, single rules of one, objectives."""

    rulesets: frozenset[str] = frozenset()
    rules: frozenset[tuple[str, str]] = frozenset()
    slas: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.rulesets or self.rules or self.slas)


def withdraw(
    unresolved: Iterable[ProcessException], withdrawn: Withdrawn, *, at: datetime
) -> list[Change]:
    """Return those of *unresolved* that rest on what is *withdrawn*, resolved with that reason."""
    reasons = ((one, _because(one, withdrawn)) for one in unresolved)
    return [ended(one, because, at=at) for one, because in reasons if because]


def _because(one: ProcessException, withdrawn: Withdrawn) -> str | None:
    if one.ruleset in withdrawn.rulesets:
        return f"rule withdrawn: {one.ruleset} is no longer in force for {one.process}"
    if (one.ruleset, one.rule) in withdrawn.rules:
        return f"rule withdrawn: {one.ruleset} no longer asks {one.rule}"
    if one.process_sla is not None and one.process_sla.sla in withdrawn.slas:
        return f"objective withdrawn: {one.process_sla.sla} is no longer in force"
    return None
