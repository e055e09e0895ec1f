"""
What a case is worth: its amount, and the figures of its money chain (quoted, worked,
invoiced, paid), each an exact sum a currency over the entities of the case.
"""

from collections.abc import Iterable

from observability.entity import Entity
from observability.model.formula import reads, work_out
from observability.model.model import Figure, Measurement, ProcessModel
from observability.model.order import Scalar
from rules.money import Money, read_money, total


def figures(model: ProcessModel, entities: Iterable[Entity]) -> dict[str, list[Money]]:
    """Return every figure of *model*, in its order; nothing found is an empty list."""
    by_type: dict[str, list[Entity]] = {}
    for one in entities:
        by_type.setdefault(one.type, []).append(one)
    found: dict[str, list[Money]] = {}
    for figure in model.money.figures:
        if figure.formula is None:
            found[figure.name] = total(_summands(figure, by_type.get(figure.entity, ())))
        else:
            found[figure.name] = work_out(figure.formula, found)
    return found


def rests_on(model: ProcessModel, name: str) -> tuple[Figure, ...]:
    """Return the sums over entities that the figure *name* is made of, in the model's order."""
    wanted = {name}
    found: list[Figure] = []
    for figure in reversed(model.money.figures):
        if figure.name in wanted and figure.formula is not None:
            wanted.update(reads(figure.formula))
        elif figure.name in wanted:
            found.append(figure)
    return tuple(reversed(found))


def amounts(entities: Iterable[Entity], field: str) -> list[Money]:
    """Return the sum of *field* over *entities*, one a currency."""
    return total(value for one in entities if (value := read_money(one.state.get(field))))


def _summands(figure: Figure, entities: Iterable[Entity]) -> Iterable[Money]:
    for entity in entities:
        if counts(figure, entity):
            value = read_money(entity.state.get(figure.field))
            if value is not None:
                yield value


def counts(figure: Figure | Measurement, entity: Entity) -> bool:
    """Whether *entity* is one of those that *figure* looks at."""
    if entity.type != figure.entity:
        return False
    state = entity.state
    for field, wanted in figure.where.items():
        if not _equals(state.get(field), wanted):
            return False
    return state.keys() >= set(figure.having) and state.keys().isdisjoint(figure.lacking)


def _equals(value: object, expected: Scalar | tuple[Scalar, ...]) -> bool:
    """Let true never equal 1."""
    if isinstance(expected, tuple):
        return any(_equals(value, one) for one in expected)
    return type(value) is type(expected) and value == expected
