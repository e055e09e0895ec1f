"""Two versions are asked about the same facts: the one compared with, if any, and the candidate."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import msgspec
from msgspec.structs import replace

from controlplane.backtest.unfolding import Seen
from controlplane.pipeline.deciding import Decider, facts_of
from controlplane.pipeline.definitions import Definitions, RulesInForce
from observability.projection.chunk import chunked
from rules.context import context
from rules.decision import Decision, Fact
from rules.differing import Difference, differ

AT_ONCE = 32
"""Questions of one batch: few, so that a slow rule delays nothing but its own backtest."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """What both versions say of what was seen; `before` is None where nothing is compared with."""

    seen: Seen
    before: Decision | None
    after: Decision
    difference: Difference

    @property
    def facts(self) -> tuple[str | None, str]:
        """What was looked at: the same facts are decided in the same way."""
        return self.before.facts_digest if self.before else None, self.after.facts_digest


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """The version compared with, None asks nothing, and the candidate."""

    before: RulesInForce | None
    after: RulesInForce

    @property
    def both(self) -> tuple[RulesInForce, ...]:
        return (self.after,) if self.before is None else (self.before, self.after)


class Asking:
    """Asks both versions of what was seen."""

    def __init__(self, decider: Decider, definitions: Definitions, versions: Versions) -> None:
        self._decider, self._definitions, self._versions = decider, definitions, versions

    def pairs(self, seen: Iterable[Seen]) -> Iterator[Pair]:
        """
        Yield what both say of each of *seen*, in order.

        The rules are asked in batches, about the next before the answer to the last is read.
        """
        asked: Callable[[], Iterator[Pair]] = _nothing
        for those in chunked(seen, AT_ONCE):
            last, asked = asked, self._ask(those)
            yield from last()
        yield from asked()

    def _ask(self, those: Sequence[Seen]) -> Callable[[], Iterator[Pair]]:
        facts = [self._facts(one) for one in those]
        before = self._asked(self._versions.before, those, facts)
        return partial(_told_apart, those, before, self._asked(self._versions.after, those, facts))

    def _facts(self, seen: Seen) -> list[Fact]:
        return _known(self._definitions, self._versions.both, seen)

    def _asked(
        self, rules: RulesInForce | None, seen: Sequence[Seen], facts: Sequence[Sequence[Fact]]
    ) -> Callable[[], Sequence[Decision | None]]:
        if rules is None:
            return partial(list, [None] * len(seen))
        asked = [
            _told(self._definitions, rules, one, known)
            for one, known in zip(seen, facts, strict=True)
        ]
        self._decider.load(rules.key, rules.text, rules.fact_types)
        return self._decider.ask(rules.key, asked)


def _nothing() -> Iterator[Pair]:
    yield from ()


def _told_apart(
    those: Sequence[Seen],
    before: Callable[[], Sequence[Decision | None]],
    after: Callable[[], Sequence[Decision | None]],
) -> Iterator[Pair]:
    for one, old, new in zip(those, before(), after(), strict=True):
        if new is not None:
            yield Pair(seen=one, before=old, after=new, difference=differ(old, new))


def told_to(definitions: Definitions, rules: RulesInForce, seen: Seen) -> list[Fact]:
    """Return what *rules* are told of what was *seen*."""
    return _told(definitions, rules, seen, _known(definitions, [rules], seen))


def _known(definitions: Definitions, rules: Sequence[RulesInForce], seen: Seen) -> list[Fact]:
    case, entities = seen.folded.instance, seen.folded.entities
    return facts_of(definitions, rules, case, entities, seen.clocks, at=seen.at)


def _told(
    definitions: Definitions, rules: RulesInForce, seen: Seen, known: Iterable[Fact]
) -> list[Fact]:
    return rules.shown(context(rules.ruleset, definitions.calendars, at=seen.at), known)


def distinct(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Yield those of *pairs* whose facts are others than those before."""
    last: tuple[str | None, str] | None = None
    for pair in pairs:
        if pair.facts != last:
            yield pair
        last = pair.facts


def judged_by(definitions: Definitions, rules: RulesInForce) -> Definitions:
    """Return *definitions* with *rules* in force in place of the version that is."""
    process, name = rules.ruleset.process, rules.ruleset.ruleset
    others = (one for one in definitions.rules.get(process, ()) if one.ruleset.ruleset != name)
    return replace(definitions, rules={**definitions.rules, process: (*others, rules)})
