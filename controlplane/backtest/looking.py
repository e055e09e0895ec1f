"""One case is looked at: as it stands, and at every moment of its past."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain

import msgspec

from controlplane.backtest.asked import Asked
from controlplane.backtest.comparing import Asking, Pair, Versions, distinct
from controlplane.backtest.effect import Effects
from controlplane.backtest.finding import Kind, Sample
from controlplane.backtest.narrowing import narrowed
from controlplane.backtest.speaking import Speaking
from controlplane.backtest.stake import Stake, held_until, stake_of
from controlplane.backtest.unfolding import CasePast, Seen, Unfolding
from controlplane.pipeline.deciding import Decider
from controlplane.pipeline.definitions import Definitions
from governance.exception.process_exception import ProcessException
from rules.context import turns
from rules.decision import Decision, NotEvaluated

_Key = tuple[str, str]
"""(rule, occurrence)"""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was found of one case: how many decisions differ, what becomes of what stands and of its
    past, the stakes before and after of both, and what could not be evaluated, by version.
    """

    instance: str
    decisions: int
    changed: int
    not_evaluated: int
    standing: tuple[Sample, ...]
    past: tuple[Sample, ...]
    stakes: tuple[tuple[Stake, ...], tuple[Stake, ...]]
    past_stakes: tuple[tuple[Stake, ...], tuple[Stake, ...]]
    unevaluated: tuple[tuple[str, NotEvaluated], ...]
    case: str


class Looking:
    """Looks at cases, one after the other, by what *asked* asks."""

    def __init__(
        self, asked: Asked, definitions: Definitions, versions: Versions, decider: Decider
    ) -> None:
        self._asked = asked
        self._asking = Asking(decider, definitions, versions)
        differing = narrowed(versions) if asked.history else None
        self._past_asking = Asking(decider, definitions, differing) if differing else None
        self._before = Effects(definitions, asked.ruleset, versions.before)
        self._after = Effects(definitions, asked.ruleset, versions.after)
        self._speaking = tuple(
            Speaking(definitions, one) for one in (versions.before, versions.after)
        )
        self._turns = sorted(
            {at for one in versions.both for at in turns(one.ruleset, definitions.calendars)}
        )

    def at(
        self, unfolding: Unfolding, past: CasePast, standing: Sequence[ProcessException]
    ) -> Looked:
        """Return what there is to say of one case, of which *standing* are the exceptions."""
        until = self._asked.until
        now = unfolding.seen(past, at=until or self._asked.as_of, until=until)
        (end,) = self._asking.pairs([now])
        pairs = list(distinct(self._moments(unfolding, past, now)))
        samples, stakes = self._standing(end, standing)
        past_samples, past_stakes = self._past(pairs, end.seen.at)
        decisions = pairs or [end]
        return Looked(
            instance=past.case.id,
            case=now.folded.instance.case_key,
            decisions=len(decisions),
            changed=sum(1 for one in decisions if differs(one)),
            not_evaluated=sum(1 for one in decisions if one.difference.incomparable),
            standing=samples,
            past=past_samples,
            stakes=stakes,
            past_stakes=past_stakes,
            unevaluated=tuple(_unevaluated([*pairs, end])),
        )

    def _moments(self, unfolding: Unfolding, past: CasePast, now: Seen) -> Iterator[Pair]:
        """Yield what is said at every moment up to *now*, where the past is looked at."""
        if self._past_asking is None:
            return iter(())
        seen = unfolding.moments(past, self._turns, since=self._asked.since, until=now.at)
        return self._past_asking.pairs(chain(seen, [now]))

    def _standing(
        self, end: Pair, standing: Sequence[ProcessException]
    ) -> tuple[tuple[Sample, ...], tuple[tuple[Stake, ...], tuple[Stake, ...]]]:
        """Return what the candidate makes of what the other version leaves standing."""
        before = self._before.of(end.seen, end.before, standing)
        after = self._after.of(end.seen, end.after, before.exceptions.values())
        found: list[Sample] = []
        for id_, new in sorted(after.exceptions.items()):
            old = before.exceptions.get(id_)
            kind = _becomes(old, new, amended=id_ in after.amended)
            if kind is not None:
                one = old if old is not None and old.standing else None
                two = new if new.standing else None
                found.append(self._sample(kind, end, new, (one, two)))
        stakes = (_stakes(before.exceptions.values()), _stakes(after.exceptions.values()))
        return tuple(found), stakes

    def _past(
        self, pairs: Sequence[Pair], end: datetime
    ) -> tuple[tuple[Sample, ...], tuple[tuple[Stake, ...], tuple[Stake, ...]]]:
        """Return the exceptions that the past would have had otherwise, at their last moment."""
        spells = _spells(pairs)
        ends = [one.seen.at for one in pairs[1:]] + [end]
        found: list[Sample] = []
        before: list[Stake] = []
        after: list[Stake] = []
        for key, spell in sorted(spells.items()):
            first = pairs[spell.first]
            both = (self._broken(self._before, first, key), self._broken(self._after, first, key))
            named = both[0] or both[1]
            if named is None:
                continue
            found.append(self._sample(spell.kind, first, named, both))
            before += self._held(self._before, pairs, ends, key, spell.before)
            after += self._held(self._after, pairs, ends, key, spell.after)
        return tuple(found), (tuple(before), tuple(after))

    def _held(
        self,
        effects: Effects,
        pairs: Sequence[Pair],
        ends: Sequence[datetime],
        key: _Key,
        last: int | None,
    ) -> list[Stake]:
        """Return what was at stake when one version *last* had it broken."""
        one = self._broken(effects, pairs[last], key) if last is not None else None
        if one is None or last is None:
            return []
        return [held_until(stake_of(one), ends[last], at=ends[-1])]

    def _broken(self, effects: Effects, pair: Pair, key: _Key) -> ProcessException | None:
        """Return the exception that one version would have opened there."""
        decision = pair.before if effects is self._before else pair.after
        opened = effects.of(pair.seen, decision, ()).exceptions.values()
        return next((one for one in opened if (one.rule, one.occurrence) == key), None)

    def _sample(
        self,
        kind: Kind,
        pair: Pair,
        named: ProcessException,
        both: tuple[ProcessException | None, ProcessException | None],
    ) -> Sample:
        before, after = (
            speaking.word(pair.seen, decision, one, named.rule, named.occurrence)
            for speaking, decision, one in zip(
                self._speaking, (pair.before, pair.after), both, strict=True
            )
        )
        return Sample(
            kind=kind,
            exception=named.id,
            rule=named.rule,
            occurrence=named.occurrence,
            instance=named.instance,
            case=named.case_key,
            title=named.case_title,
            at=pair.seen.at,
            before=before,
            after=after,
        )


class _Spell(msgspec.Struct, kw_only=True):
    """Where the versions first differ about an occurrence, and where each last had it broken."""

    first: int
    before: int | None = None
    after: int | None = None

    @property
    def kind(self) -> Kind:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "altered"


def differs(pair: Pair) -> bool:
    said = pair.difference
    return bool(said.opened or said.closed or said.changed)


def _spells(pairs: Sequence[Pair]) -> dict[_Key, _Spell]:
    """Return every occurrence about which the versions ever differ."""
    found: dict[_Key, _Spell] = {}
    for number, pair in enumerate(pairs):
        said = pair.difference
        for one in (*said.opened, *said.closed, *(both.after for both in said.changed)):
            found.setdefault((one.rule, one.occurrence), _Spell(first=number))
    for number, pair in enumerate(pairs):
        apart = {one.rule for one in pair.difference.incomparable}
        for key in _fired(pair.before, apart) & found.keys():
            found[key].before = number
        for key in _fired(pair.after, apart) & found.keys():
            found[key].after = number
    return found


def _fired(decision: Decision | None, apart: set[str]) -> set[_Key]:
    those = decision.firings if decision is not None else ()
    return {(one.rule, one.occurrence) for one in those if one.rule not in apart}


def _becomes(old: ProcessException | None, new: ProcessException, *, amended: bool) -> Kind | None:
    stood = old is not None and old.standing
    if stood != new.standing:
        return "opened" if new.standing else "closed"
    return "changed" if stood and amended else None


def _stakes(exceptions: Iterable[ProcessException]) -> tuple[Stake, ...]:
    return tuple(stake_of(one) for one in exceptions if one.standing)


def _unevaluated(pairs: Iterable[Pair]) -> Iterator[tuple[str, NotEvaluated]]:
    """Yield what each version could not ask, by (version, what), once a rule and reason."""
    decisions = (one for pair in pairs for one in (pair.before, pair.after))
    for decision in decisions:
        if decision is not None:
            yield from ((decision.version, one) for one in decision.not_evaluated)
