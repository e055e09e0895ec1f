"""
What a second decision on the same facts says otherwise: firings that open, end, or change.

Where one of the two could not ask a rule, nothing is said of that rule: what was not checked
is never the same, and never gone.
"""

from collections.abc import Mapping

import msgspec

from rules.decision import Decision, Firing, NotEvaluated

_Key = tuple[str, str]
NOT_TOLD_APART = frozenset({"rule_version", "bindings", "evidence"})
"""Members of a firing in which two may differ and still say the same."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A firing of both decisions that says something else; `members` name what."""

    before: Firing
    after: Firing
    members: tuple[str, ...]


class Incomparable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule that one decision or both could not ask; None where it was asked, or is not there."""

    rule: str
    before: NotEvaluated | None = None
    after: NotEvaluated | None = None


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What the second decision says otherwise than the first, in the order of rule and occurrence.

    `incomparable` rules stand in none of the others.
    """

    opened: tuple[Firing, ...] = ()
    closed: tuple[Firing, ...] = ()
    changed: tuple[Changed, ...] = ()
    incomparable: tuple[Incomparable, ...] = ()

    @property
    def same(self) -> bool:
        """Whether every rule was compared, and none says otherwise."""
        return not (self.opened or self.closed or self.changed or self.incomparable)


def differ(before: Decision | None, after: Decision | None) -> Difference:
    """
    Return what *after* says otherwise than *before*; None is no version, which asks nothing.

    Firings are the same when rule and occurrence are: that is what makes them one exception.
    """
    incomparable = _incomparable(_unasked(before), _unasked(after))
    apart = frozenset(one.rule for one in incomparable)
    old, new = _firings(before, apart), _firings(after, apart)
    both = [(old[key], new[key]) for key in sorted(old.keys() & new.keys())]
    pairs = [(one, other, _members(one, other)) for one, other in both]
    return Difference(
        opened=tuple(new[key] for key in sorted(new.keys() - old.keys())),
        closed=tuple(old[key] for key in sorted(old.keys() - new.keys())),
        changed=tuple(
            Changed(before=one, after=other, members=members)
            for one, other, members in pairs
            if members
        ),
        incomparable=incomparable,
    )


def _unasked(decision: Decision | None) -> dict[str, NotEvaluated]:
    return {one.rule: one for one in decision.not_evaluated} if decision is not None else {}


def _incomparable(
    before: Mapping[str, NotEvaluated], after: Mapping[str, NotEvaluated]
) -> tuple[Incomparable, ...]:
    return tuple(
        Incomparable(rule=rule, before=before.get(rule), after=after.get(rule))
        for rule in sorted(before.keys() | after.keys())
    )


def _firings(decision: Decision | None, apart: frozenset[str]) -> dict[_Key, Firing]:
    those = decision.firings if decision is not None else ()
    return {(one.rule, one.occurrence): one for one in those if one.rule not in apart}


def _members(before: Firing, after: Firing) -> tuple[str, ...]:
    names = (one for one in Firing.__struct_fields__ if one not in NOT_TOLD_APART)
    return tuple(one for one in names if getattr(before, one) != getattr(after, one))
