"""
The measures that a process model names, of the entities of its cases.

Each is kept by day: as a whole, with the cases behind it, and told apart by every dimension of
the model at once. What stands until something is said is kept as it is open now, on the day on
which it began; as it came in and as it went out, so that the past can be told as well.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple

from observability.entity import Entity
from observability.instance.value import counts
from observability.model.formula import reads
from observability.model.model import Measurement, ProcessModel
from observability.rollup.balance import Balance, currencies, moves
from observability.rollup.contribution import Contribution, Kept
from observability.rollup.measure import RolledCase
from rules.instant import InstantError, parse_instant, to_micros
from rules.memory import Memory
from rules.money import Money, MoneyError, decimal, read_money

NAMED = "kpi:"
TOLD = "kpi-"
MOVED = f"{TOLD}moved:"
BY = f"{TOLD}by:"
PART = f"{TOLD}in:"
HAPPENED, CAME, WENT, OPEN = "", "in", "out", "open"
MILLION = 1_000_000
"""A number is kept in millionths."""


class _Look(NamedTuple):
    """What one entity says to one measure."""

    at: int
    until: int | None
    quantity: int
    value: int | None
    amount: Money | None


_looks: Memory[tuple[_Look | None]] = Memory(50_000)


def modelled(case: RolledCase, parts: tuple[str, ...]) -> Kept:
    """Return what *case*, which belongs to *parts*, contributes to the measures of its model."""
    model = case.judged.model
    if model is None or not model.measures:
        return {}
    by_type = case.by_type
    found: defaultdict[str, list[Contribution]] = defaultdict(list)
    for measure in model.measures:
        for entity in by_type.get(measure.entity, ()):
            look = _look(measure, entity, by_type)
            if look is not None:
                _contribute(found, measure, look, parts)
        if measure.formula is not None:
            _balance(found, measure.measure, measure.formula, parts)
    return dict(found)


def part_of(measure: str, part: str) -> str:
    """Return the name of *measure* as it is kept of one part alone, such as `practice=Tax`."""
    return f"{PART}{measure}:{part}"


def parts_of(case: RolledCase) -> tuple[str, ...]:
    """Return the parts that *case* belongs to, such as `practice=Tax`."""
    model = case.judged.model
    return () if model is None else tuple(_within(model, case.by_type))


def nothing(_case: RolledCase) -> Iterable[Contribution]:
    """Let a measure that a model names be told by its model alone."""
    return ()


def _contribute(
    found: Mapping[str, list[Contribution]],
    measure: Measurement,
    look: _Look,
    within: tuple[str, ...],
) -> None:
    name = measure.measure

    def one(at: int, of: tuple[str, ...]) -> Contribution:
        return Contribution(of, quantity=look.quantity, at=at, value=look.value, amount=look.amount)

    if not measure.standing:
        found[NAMED + name].append(one(look.at, ()))
        found[BY + name].append(one(look.at, (HAPPENED, *within)))
        return
    moves = [(look.at, CAME), (look.at, OPEN) if look.until is None else (look.until, WENT)]
    for at, kind in moves:
        found[BY + name].append(one(at, (kind, *within)))
        if kind == OPEN:
            found[NAMED + name].append(one(at, ()))
        else:
            found[MOVED + name].append(one(at, (kind,)))


def _balance(
    found: defaultdict[str, list[Contribution]], name: str, formula: str, within: tuple[str, ...]
) -> None:
    """
    Tell what *formula* makes of the sums of the case: how it moves, as what comes in (less than
    nothing where it falls), and what it is now, open since it was last nought.
    """
    summands = {one: found.get(NAMED + one, ()) for one in reads(formula)}
    for currency in currencies(summands.values()):
        stands = Balance()
        for at, moved in moves(formula, summands, currency):
            stands = stands.after(at, moved)
            one = Contribution(at=at, amount=Money(amount=moved, currency=currency))
            found[BY + name].append(one._replace(of=(CAME, *within)))
            found[MOVED + name].append(one._replace(of=(CAME,)))
        if stands.amount:
            worth = Money(amount=stands.amount, currency=currency)
            one = Contribution(at=stands.since, amount=worth)
            found[BY + name].append(one._replace(of=(OPEN, *within)))
            found[NAMED + name].append(one)


def _within(model: ProcessModel, by_type: Mapping[str, Sequence[Entity]]) -> Iterator[str]:
    """Yield `dimension=value` for each dimension of which the case's entities say something."""
    for name, fields in sorted(model.dimensions.items()):
        told = (
            entity.state.get(field)
            for type_, _, field in (one.partition(".") for one in fields)
            for entity in by_type.get(type_, ())
        )
        value = next((one for one in told if isinstance(one, str) and one), None)
        if value is not None:
            yield f"{name}={value}"


def _look(
    measure: Measurement, entity: Entity, by_type: Mapping[str, Sequence[Entity]]
) -> _Look | None:
    if measure.naming or (measure.since is not None and "." in measure.since):
        return _looked(measure, entity, by_type)
    known = _looks.recall(measure, entity)
    if known is None:
        known = _looks.keep((_looked(measure, entity, by_type),), measure, entity)
    return known[0]


def _looked(
    measure: Measurement, entity: Entity, by_type: Mapping[str, Sequence[Entity]]
) -> _Look | None:
    """Return what *entity* says to *measure*; None when it does not count or says too little."""
    at = _micros(entity.state.get(measure.at))
    if at is None or not counts(measure, entity) or not _names(measure, entity, by_type):
        return None
    until = _until(measure, entity)
    if measure.since is not None:
        begun = _begun(measure.since, entity, by_type)
        if begun is None:
            return None
        return _Look(at, until, at - begun, at - begun, None)
    if measure.field is None:
        return _Look(at, until, 0, None, None)
    value = entity.state.get(measure.field)
    amount = read_money(value)
    quantity = None if amount else _millionths(value)
    if amount is None and quantity is None:
        return None
    return _Look(at, until, quantity or 0, None, amount)


def _names(measure: Measurement, entity: Entity, by_type: Mapping[str, Sequence[Entity]]) -> bool:
    """Whether *entity* names what the measure says that it has to name."""
    for own, path in measure.naming.items():
        type_, _, field = path.partition(".")
        key = entity.state.get(own)
        if not any(one.key == key and one.state.get(field) for one in by_type.get(type_, ())):
            return False
    return True


def _until(measure: Measurement, entity: Entity) -> int | None:
    told = (_micros(entity.state.get(field)) for field in measure.ends)
    return min((one for one in told if one is not None), default=None)


def _begun(since: str, entity: Entity, by_type: Mapping[str, Sequence[Entity]]) -> int | None:
    type_, dot, field = since.partition(".")
    if not dot:
        return _micros(entity.state.get(since))
    told = (_micros(one.state.get(field)) for one in by_type.get(type_, ()))
    return min((one for one in told if one is not None), default=None)


def _micros(value: Any) -> int | None:
    """Return the instant of an RFC 3339 text, or of a day's beginning; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        return to_micros(parse_instant(value))
    except InstantError:
        pass
    try:
        return to_micros(datetime.combine(date.fromisoformat(value), time(), tzinfo=UTC))
    except ValueError:
        return None


def _millionths(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        scaled = decimal(str(value)) * MILLION
    except MoneyError:
        return None
    return int(scaled.to_integral_value(rounding=ROUND_HALF_EVEN))
