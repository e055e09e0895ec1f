"""
A span mapping makes process events of spans that know nothing of `biz.*`.

The first rule that matches a span decides. What an estate's traces already carry is
enough: no program has to change to be seen.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

MAX_CACHED = 10_000


class SpanRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`service` and `span` match exactly or by a trailing `*`; the rest names attributes."""

    service: str
    span: str
    activity: str
    where: dict[str, str] = {}
    type: str | None = None
    case: str | None = None
    amount: str | None = None
    currency: str | None = None
    data: dict[str, str] = {}

    @property
    def attributes(self) -> frozenset[str]:
        """Every attribute that the rule looks at."""
        single = (self.case, self.amount, self.currency)
        named = [name for name in single if name is not None]
        return frozenset([*named, *self.where, *self.data.values()])

    def holds(self, attributes: Mapping[str, Any]) -> bool:
        return all(
            name in attributes and text_of(attributes[name]) == wanted
            for name, wanted in self.where.items()
        )


class SpanMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The governed document of kind `mapping`."""

    mapping: str
    version: str
    process: str
    rules: tuple[SpanRule, ...]
    title: str = ""
    owner: str | None = None


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that may apply to a span of one service and name, and what they look at."""

    rules: tuple[tuple[str, SpanRule], ...]  # (process, rule)
    attributes: frozenset[str]


NO_MATCH = Match(rules=(), attributes=frozenset())


class SpanMappings:
    """Every mapping in force, asked by service and span name; the answers are remembered."""

    def __init__(self, mappings: Iterable[SpanMapping] = ()) -> None:
        self._rules = [(m.process, rule) for m in mappings for rule in m.rules]
        self._known: dict[tuple[str, str], Match] = {}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def match(self, service: str, span: str) -> Match:
        if not self._rules:
            return NO_MATCH
        known = self._known.get((service, span))
        if known is None:
            known = self._find(service, span)
            if len(self._known) < MAX_CACHED:  # span names may carry ids
                self._known[service, span] = known
        return known

    def _find(self, service: str, span: str) -> Match:
        found = tuple(
            (process, rule)
            for process, rule in self._rules
            if _names(rule.service, service) and _names(rule.span, span)
        )
        if not found:
            return NO_MATCH
        wanted = frozenset[str]().union(*(rule.attributes for _, rule in found))
        return Match(rules=found, attributes=wanted)


def text_of(value: object) -> str:
    """Return an attribute as text: `true`, `201`, `12.5`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _names(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
