"""
The handling policy is a governed document: classes, promises, causes and priorities.

A class is the `type` of a rule. Whatever a policy leaves out stays as it is without one:
critical exceptions are acknowledged in one business hour and resolved in eight, all others in
one business day and in three; nothing is grouped; severity alone gives the priority.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Literal

import msgspec

from governance.matcher import Matcher, MatcherError, parse_matcher
from rules.document import DocumentError, convert, read_yaml
from rules.rule import Severity

Priority = Literal["P1", "P2", "P3", "P4"]
PRIORITIES: tuple[Priority, ...] = ("P1", "P2", "P3", "P4")
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
MOST_HOURS = 24 * 366
MOST_DAYS = 366
_LONGEST = 500
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_CURRENCY = re.compile(r"[A-Z]{3}")


class Allowed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exactly one is given: business time on the owner's calendar, or plain elapsed hours."""

    business_hours: Decimal | None = None
    business_days: int | None = None
    hours: Decimal | None = None

    @property
    def duration(self) -> timedelta:
        return timedelta(hours=float(self.business_hours or self.hours or 0))


class Promise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By when an exception of these severities is to be acknowledged, and resolved."""

    severities: tuple[Severity, ...]
    acknowledge: Allowed
    resolve: Allowed


class ClassOwner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which team works exceptions of these classes, and what it does first."""

    types: tuple[str, ...]
    team: str | None = None
    next_step: str = ""


class Cause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """
    What makes exceptions one incident: all `matchers` hold, and they share each label of `by`.

    Labels are those of a route, and `sla`, `due_on`, `source`, the name of an entity's type
    (`customer`), or a datum of the evidence (`billing-setup.failure`).
    """

    cause: str
    title: str
    matchers: tuple[str, ...]
    by: tuple[str, ...]
    at_least: int = 2

    @cached_property
    def parsed(self) -> tuple[Matcher, ...]:
        return tuple(parse_matcher(one) for one in self.matchers)


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which money times SLA used on a priority begins, in one currency."""

    currency: str
    p1: Decimal
    p2: Decimal
    p3: Decimal


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    handling: str = "built-in"
    version: str = "0.0.0"
    title: str = ""
    classes: tuple[ClassOwner, ...] = ()
    promises: tuple[Promise, ...] = ()
    causes: tuple[Cause, ...] = ()
    priorities: tuple[Thresholds, ...] = ()

    @cached_property
    def by_type(self) -> dict[str, ClassOwner]:
        return {type_: one for one in self.classes for type_ in one.types}

    @cached_property
    def by_severity(self) -> dict[str, Promise]:
        return {severity: one for one in (*_USUAL, *self.promises) for severity in one.severities}

    def team_of(self, type_: str) -> str | None:
        known = self.by_type.get(type_)
        return known.team if known else None

    def next_step_of(self, type_: str) -> str:
        known = self.by_type.get(type_)
        return known.next_step if known else ""


_USUAL = (
    Promise(
        severities=("critical",),
        acknowledge=Allowed(business_hours=Decimal(1)),
        resolve=Allowed(business_hours=Decimal(8)),
    ),
    Promise(
        severities=("high", "medium", "low"),
        acknowledge=Allowed(business_days=1),
        resolve=Allowed(business_days=3),
    ),
)
BUILT_IN = Policy()


def read_handling(text: str | bytes) -> Policy:
    """Return the policy of a document; raise `DocumentError` naming what is wrong with it."""
    data, positions = read_yaml(text)
    policy = convert(data, Policy, positions)
    for pointer, message in _faults(policy):
        line, column = positions.get(pointer, (0, 0))
        raise DocumentError(f"{pointer}: {message}", line=line, column=column, pointer=pointer)
    return policy


def _faults(policy: Policy) -> Iterator[tuple[str, str]]:
    if not _KEBAB.fullmatch(policy.handling):
        yield "/handling", "a kebab-case id such as default"
    if not _VERSION.fullmatch(policy.version):
        yield "/version", "a semantic version such as 1.0.0"
    yield from _class_faults(policy)
    for index, promise in enumerate(policy.promises):
        for name in ("acknowledge", "resolve"):
            if not _sound(getattr(promise, name)):
                yield (
                    f"/promises/{index}/{name}",
                    "give exactly one of business_hours, business_days, hours, above nothing",
                )
    yield from _cause_faults(policy)
    yield from _priority_faults(policy)


def _class_faults(policy: Policy) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for index, one in enumerate(policy.classes):
        for type_ in one.types:
            if type_ in seen:
                yield f"/classes/{index}/types", f"{type_} stands in two classes"
            seen.add(type_)
        if len(one.next_step) > _LONGEST:
            yield f"/classes/{index}/next_step", f"keep it under {_LONGEST} characters"


def _sound(allowed: Allowed) -> bool:
    given = [one for one in msgspec.structs.astuple(allowed) if one is not None]
    most = MOST_DAYS if allowed.business_days is not None else MOST_HOURS
    return len(given) == 1 and 0 < given[0] <= most


def _cause_faults(policy: Policy) -> Iterator[tuple[str, str]]:
    names = [one.cause for one in policy.causes]
    for index, one in enumerate(policy.causes):
        at = f"/causes/{index}"
        if not _KEBAB.fullmatch(one.cause) or names.count(one.cause) > 1:
            yield f"{at}/cause", "a kebab-case id that no other cause has"
        if not one.matchers:
            yield f"{at}/matchers", "say which exceptions it is about, e.g. type = POSTING_FAILED"
        for number, matcher in enumerate(one.matchers):
            try:
                parse_matcher(matcher)
            except MatcherError as error:
                yield f"{at}/matchers/{number}", str(error)
        if not one.by:
            yield f"{at}/by", "name what its members share, e.g. sla or customer"
        if one.at_least < 2:  # noqa: PLR2004 - one case is no group
            yield f"{at}/at_least", "an incident has two cases at least"


def _priority_faults(policy: Policy) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for index, one in enumerate(policy.priorities):
        at = f"/priorities/{index}"
        if not _CURRENCY.fullmatch(one.currency) or one.currency in seen:
            yield f"{at}/currency", "an ISO 4217 code, once"
        seen.add(one.currency)
        limits = (one.p1, one.p2, one.p3)
        if not all(limit.is_finite() for limit in limits) or not one.p1 > one.p2 > one.p3 > 0:
            yield at, "p1 is more than p2, p2 more than p3, p3 more than nothing"
