"""
Decide: the facts of each dirty case are put to the rule sets of its process, all at once.

Time enters the facts by clocks, and by the day for rules with effective dates; so a decision
is a function of facts, and is met again by a replay.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import Protocol

import msgspec

from controlplane.facts import fact
from controlplane.pipeline.definitions import Definitions, RulesInForce
from controlplane.pipeline.folding import Folded
from observability.clock.clock import BREACHED, warned_percent
from observability.clock.clock import state as clock_state
from observability.entity import Entity
from observability.instance.instance import CaseState
from observability.objective import Objective
from observability.projection.clock_stores import KeptClock
from rules.context import context
from rules.decision import Decision, Fact, Value
from rules.fact import FactType
from rules.memory import Memory
from rules.money import Money
from rules.packing import pack_fact, unpack_fact

_KEPT = 20_000
_entity_facts: Memory[Fact] = Memory(_KEPT)


class Decider(Protocol):
    """Whoever evaluates rule sets: supervised processes live, the same in a replay."""

    def load(self, key: str, ruleset: str, fact_types: Mapping[str, FactType]) -> None: ...

    def decide(self, key: str, cases: Sequence[Sequence[Fact]]) -> list[Decision]: ...

    def ask(self, key: str, cases: Sequence[Sequence[Fact]]) -> Callable[[], list[Decision]]:
        """Return who gives the answer of `decide`; meanwhile more can be asked."""
        return partial(self.decide, key, cases)


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    folded: Folded
    clocks: tuple[KeptClock, ...]
    decision: Decision


def ask(
    decider: Decider,
    definitions: Definitions,
    cases: Mapping[str, Folded],
    clocks: Mapping[str, Sequence[KeptClock]],
    *,
    at: datetime,
) -> Callable[[], list[Decided]]:
    """Ask every rule set in force about every case; return who says it, in the order of cases."""
    by_process: dict[str, list[Folded]] = {}
    for one in cases.values():
        by_process.setdefault(one.case.process, []).append(one)
    asked: list[tuple[list[Folded], Callable[[], list[Decision]]]] = []
    for process, those in sorted(by_process.items()):
        rules_in_force = definitions.rules.get(process, ())
        facts = [
            facts_of(
                definitions,
                rules_in_force,
                one.instance,
                one.entities,
                clocks.get(one.case.id, ()),
                at=at,
            )
            for one in those
        ]
        for rules in rules_in_force:
            decider.load(rules.key, rules.text, rules.fact_types)
            told = context(rules.ruleset, definitions.calendars, at=at)
            shown = [rules.shown(told, known) for known in facts]
            asked.append((those, decider.ask(rules.key, shown)))
    return partial(_decided, asked, clocks)


def _decided(
    asked: Sequence[tuple[Sequence[Folded], Callable[[], list[Decision]]]],
    clocks: Mapping[str, Sequence[KeptClock]],
) -> list[Decided]:
    return [
        Decided(folded=one, clocks=tuple(clocks.get(one.case.id, ())), decision=decision)
        for those, answer in asked
        for one, decision in zip(those, answer(), strict=True)
    ]


def facts_of(  # noqa: PLR0913 - a case is its state, its entities and its clocks
    definitions: Definitions,
    rules_in_force: Sequence[RulesInForce],
    case: CaseState,
    entities: Sequence[Entity],
    clocks: Sequence[KeptClock],
    *,
    at: datetime,
) -> list[Fact]:
    """Return the facts of one case that any of the rule sets looks at."""
    uses = {name for rules in rules_in_force for name in rules.uses}
    types = {name: type_ for rules in rules_in_force for name, type_ in rules.fact_types.items()}
    return [
        case_fact(case),
        *_clock_facts(definitions, clocks, at),
        *(
            _entity_fact(types[one.type], one)
            for one in entities
            if one.type in uses and one.type in types
        ),
    ]


def _entity_fact(type_: FactType, one: Entity) -> Fact:
    known = _entity_facts.recall(type_, one)
    return known or _entity_facts.keep(fact(type_, one.key, one.state, one.event), type_, one)


def _clock_facts(
    definitions: Definitions, clocks: Sequence[KeptClock], at: datetime
) -> Iterator[Fact]:
    for kept in clocks:
        yield clock_fact(kept, definitions.objective(kept.process, kept.clock.sla), at=at)


def case_fact(one: CaseState) -> Fact:
    values: dict[str, Value | None] = {
        "process": one.process,
        "case": one.case_key,
        "stage": one.stage,
        "state": one.state,
        "started_at": one.started_at,
        "amount": _figure(one.amounts),
        **{f"money_{name}": _figure(sums) for name, sums in one.money.items()},
    }
    packed = msgspec.msgpack.encode(
        pack_fact(Fact(type="case", id=one.case_key, values=_present(values)))
    )
    return _case_fact(packed)


@lru_cache(maxsize=_KEPT)
def _case_fact(packed: bytes) -> Fact:
    """Return one and the same fact for the same figures."""
    return unpack_fact(msgspec.msgpack.decode(packed))


def _figure(sums: Sequence[Money]) -> Value | None:
    """Several currencies are no figure: their sums stand as texts, and no rule is asked of them."""
    return sums[0] if len(sums) == 1 else [str(one) for one in sums] or None


def clock_id(kept: KeptClock) -> str:
    """Return the name under which rules know a clock: its SLA, and its object and its period."""
    named = (kept.clock.sla, kept.clock.object_key, kept.clock.period)
    return ":".join(one for one in named if one)


def clock_fact(kept: KeptClock, objective: Objective, *, at: datetime) -> Fact:
    one = kept.clock
    return _clock_fact(
        clock_id(kept),
        one.sla,
        one.object_type,
        one.object_key,
        one.period,
        clock_state(one, at),
        one.started_at,
        one.due_at,
        one.target_at,
        warned_percent(one, objective, at),
        None if kept.amount is None else (str(kept.amount.amount), kept.amount.currency),
        kept.owner,
    )


@lru_cache(maxsize=_KEPT)
def _clock_fact(  # noqa: PLR0913, PLR0917 - all that tells one such fact from another
    id_: str,
    sla: str,
    object_type: str,
    object_: str,
    period: str,
    state: str,
    started_at: datetime,
    due_at: datetime,
    target_at: datetime | None,
    warned: int,
    amount: tuple[str, str] | None,
    owner: str | None,
) -> Fact:
    values: dict[str, Value | None] = {
        "sla": sla,
        "object_type": object_type,
        "object": object_,
        "period": date.fromisoformat(period) if period else None,
        "state": state,
        "started_at": started_at,
        "due_at": due_at,
        "target_at": target_at,
        "warned": warned,
        "breached": state in BREACHED,
        "amount": None if amount is None else Money(amount=Decimal(amount[0]), currency=amount[1]),
        "owner": owner,
    }
    return Fact(type="clock", id=id_, values=_present(values))


def _present(values: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}
