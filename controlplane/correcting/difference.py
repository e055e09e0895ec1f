"""
What is said of cases now is held against what was said of them a moment before.

Both are read as of one instant, so that nothing is a difference which time alone has made.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from controlplane.correcting.correction import Changed, Difference, Member
from governance.exception.at_risk import AtRisk, at_risk, worth_of
from governance.exception.process_exception import Change, ProcessException
from observability.clock.clock import BREACHED, state
from observability.projection.clock_stores import KeptClock
from rules.money import Money, subtract, total

Clocks = Mapping[str, Sequence[KeptClock]]
"""The clocks of each instance."""
Promise = tuple[str, str, str, str, str]


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """
    What judging cases anew changed: their clocks as they were and as they are, the exceptions
    that were theirs, and what became of these. `heirs` are the cases that took others up.
    """

    before: Clocks = {}
    after: Clocks = {}
    standing: Sequence[ProcessException] = ()
    changes: Sequence[Change] = ()
    keys: Mapping[str, str] = {}
    heirs: Mapping[str, str] = {}


def difference(judged: Judged, *, at: datetime) -> Difference:
    """Return what is different, and of how many cases."""
    before = {one.id: one for one in judged.standing}
    after = {**before, **{one.exception.id: one.exception for one in judged.changes}}
    return Difference(
        cases=len(judged.after),
        members=(*breaches(judged, at=at), *_exceptions(judged, before, after)),
        money=_moved(before.values(), after.values(), at=at),
    )


def of_cases(judged: Judged, ids: frozenset[str]) -> Judged:
    """Return of *judged* what is about the cases *ids*, and those that became part of them."""
    own = {one for one in (*judged.before, *judged.after) if judged.heirs.get(one, one) in ids}
    return msgspec.structs.replace(
        judged,
        before={id_: those for id_, those in judged.before.items() if id_ in own},
        after={id_: those for id_, those in judged.after.items() if id_ in own},
        standing=[one for one in judged.standing if one.instance in own],
        changes=[one for one in judged.changes if one.exception.instance in own],
    )


def breaches(judged: Judged, *, at: datetime) -> list[Member]:
    """Return the promises that are broken no more, and those that are only now."""
    before, after = (_broken(those, judged.heirs, at) for those in (judged.before, judged.after))
    if before.keys() == after.keys() and all(len(before[k]) == len(after[k]) for k in before):
        return []
    found: list[Member] = []
    for promise in sorted({*before, *after}):
        was, now = before.get(promise, []), after.get(promise, [])
        found += [_breach(judged, "breach-withdrawn", one, at) for one in was[len(now) :]]
        found += [_breach(judged, "breach-added", one, at) for one in now[len(was) :]]
    return found


def _broken(
    clocks: Clocks, heirs: Mapping[str, str], at: datetime
) -> dict[Promise, list[KeptClock]]:
    """Return the broken promises by what they are about: an object, or the case that it is now."""
    found: dict[Promise, list[KeptClock]] = defaultdict(list)
    for id_, those in clocks.items():
        for kept in those:
            one = kept.clock
            if one.due_at <= at and state(one, at) in BREACHED:
                about = one.object_key or heirs.get(id_, id_)
                found[kept.process, one.sla, one.object_type, about, one.period].append(kept)
    return found


def _breach(judged: Judged, change: Changed, kept: KeptClock, at: datetime) -> Member:
    one = kept.clock
    withdrawn = change == "breach-withdrawn"
    others = judged.after if withdrawn else judged.before
    now = next((o for o in others.get(one.instance, ()) if o.clock.id == one.id), None)
    there, here = (state(o.clock, at) if o else "" for o in (now, kept))
    return Member(
        change=change,
        process=kept.process,
        instance=judged.heirs.get(one.instance, one.instance),
        case_key=judged.keys.get(one.instance, ""),
        name=one.sla,
        object=one.object_key,
        before=here if withdrawn else there,
        after=there if withdrawn else here,
        amount=kept.amount,
    )


def _exceptions(
    judged: Judged,
    before: Mapping[str, ProcessException],
    after: Mapping[str, ProcessException],
) -> Iterator[Member]:
    for id_, one in sorted(after.items()):
        was = before.get(id_)
        stood = was is not None and was.standing
        if stood == one.standing:
            continue
        yield Member(
            change="exception-opened" if one.standing else "exception-ended",
            process=one.process,
            instance=judged.heirs.get(one.instance, one.instance),
            case_key=one.case_key,
            name=one.rule,
            object=one.line,
            before=was.state if was else "",
            after=one.state,
            exception=one.id,
            amount=worth_of(one),
        )


def _moved(
    before: Iterable[ProcessException], after: Iterable[ProcessException], *, at: datetime
) -> AtRisk:
    was, now = (at_risk([o for o in those if o.standing], at=at) for those in (before, after))
    return AtRisk(
        blocked=less(now.blocked, was.blocked),
        delayed_cash=less(now.delayed_cash, was.delayed_cash),
        exposure=less(now.exposure, was.exposure),
    )


def less(now: Iterable[Money], was: Iterable[Money]) -> list[Money]:
    """Return *now* less what *was*, a sum a currency, none where they are the same."""
    negative = (msgspec.structs.replace(o, amount=subtract(Decimal(0), o.amount)) for o in was)
    return [one for one in total([*now, *negative]) if one.amount]
