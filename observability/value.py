"""
What a case is worth: its amount, and the figures of its money chain (quoted, worked,
invoiced, paid), each an exact sum a currency over the entities of the case.
"""

from collections.abc import Iterable

from observability.entity import Entity
from observability.model import Figure, ProcessModel
from observability.order import Scalar
from rules.money import Money, read_money, total


def figures(model: ProcessModel, entities: Iterable[Entity]) -> dict[str, list[Money]]:
    """Return every figure of the model's chain, in its order; nothing found is an empty list."""
    those = list(entities)
    return {figure.name: total(_summands(figure, those)) for figure in model.money.chain}


def amounts(entities: Iterable[Entity], field: str) -> list[Money]:
    """Return the sum of *field* over *entities*, one a currency."""
    return total(value for one in entities if (value := read_money(one.state.get(field))))


def _summands(figure: Figure, entities: Iterable[Entity]) -> Iterable[Money]:
    for entity in entities:
        if counts(figure, entity):
            value = read_money(entity.state.get(figure.field))
            if value is not None:
                yield value


def counts(figure: Figure, entity: Entity) -> bool:
    """Whether *entity* is one of those that *figure* sums up."""
    return entity.type == figure.entity and all(
        _equals(entity.state.get(field), expected) for field, expected in figure.where.items()
    )


def _equals(value: object, expected: Scalar | tuple[Scalar, ...]) -> bool:
    """Let true never equal 1."""
    wanted = expected if isinstance(expected, tuple) else (expected,)
    return any(type(value) is type(one) and value == one for one in wanted)
