"""
What the events of a contract tell a process: which entities they describe, which they name.

What is read is told apart by the type of an entity and a field of it; of no type is what is
read of every event.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from governance.contract.published import names
from observability.entity import stamp
from observability.model.formula import reads as figures_read
from observability.model.model import Figure, Measurement, ProcessModel
from observability.model.order import blocks
from observability.objective import Objective
from rules.reads import Named

EVERY = ""
_CASE = "case"
_OBJECT = "object"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """`naming` are the fields that name an entity of a type without describing it."""

    model: ProcessModel
    describes: frozenset[str]
    naming: Mapping[str, str]
    activities: tuple[str, ...]

    def fields(self, named: Iterable[Named]) -> set[str]:
        """Return the fields of the data of an event that *named* are read from."""
        found = set()
        for type_, field in named:
            if type_ == EVERY or type_ in self.describes:
                found.add(field)
            if type_ in self.naming and field == self.model.entities[type_].key:
                found.add(self.naming[type_])
        return found

    def times(self, named: Iterable[Named]) -> set[str]:
        """Return the activities of which *named* are the times, so that any event is read."""
        stamps = {stamp(one): one for one in self.activities}
        seen = {*self.describes, *self.naming}
        return {stamps[field] for type_, field in named if type_ in seen and field in stamps}


def told(model: ProcessModel, subject: str, majors: Collection[int]) -> Told | None:
    """Return what events of *subject*, of any of *majors*, tell *model*; None for nothing."""

    def of_it(type_: str) -> bool:
        return names(type_, subject, majors)

    activities = tuple(one.activity for one in model.activities if any(map(of_it, one.events)))
    describes, naming = set(), {}
    for name, entity in model.entities.items():
        if any(of_it(one) or one in activities for one in entity.describing):
            describes.add(name)
        for one, field in entity.touched_by.items():
            if of_it(one) or one in activities:
                naming[name] = field
    if not (activities or describes or naming):
        return None
    return Told(model=model, describes=frozenset(describes), naming=naming, activities=activities)


def of_case(model: ProcessModel, named: Iterable[Named]) -> set[Named]:
    """Return *named* with the figures of the case replaced by the fields that they are made of."""
    found: set[Named] = set()
    for type_, field in named:
        if type_ == _CASE:
            found |= set(_case_field(model, field))
        else:
            found.add((type_, field))
    return found


def model_reads(model: ProcessModel) -> set[Named]:
    """Return what *model* itself reads, to place an event and to reckon with it."""
    every = (*model.keys, *model.performed_by, *model.references)
    found: set[Named] = {(EVERY, one) for one in every}
    own = model.case or EVERY
    found |= {(own, one) for one in (*model.title_from, model.owner_from) if one}
    found |= {(own, one) for link in model.links for one in link.by}
    found |= {(own, one) for block, _ in blocks(model.order) for one in block.when}
    found |= {(name, entity.key) for name, entity in model.entities.items()}
    found |= set(_case_field(model, "amount"))
    for figure in model.money.figures:
        found |= set(_figure(model, figure))
    for measure in model.measures:
        found |= set(_measure(measure))
    found |= {_path(one, own) for those in model.dimensions.values() for one in those}
    return found


def objective_reads(objective: Objective, model: ProcessModel) -> set[Named]:
    """Return what the clocks of *objective* read."""
    of_object = objective.per if objective.per != _CASE else model.case or EVERY
    paths = [_path(one, of_object) for one in (*objective.reads, objective.money)]
    named = [(of_object if type_ == _OBJECT else type_, field) for type_, field in paths]
    if objective.expects is not None:
        those = objective.expects
        named += [(those.entity, one) for one in (those.by, those.period)]
        named += [(of_object, one) for one in (those.by, those.since, those.until) if one]
    return of_case(model, named)


def _path(path: str, own: str) -> Named:
    type_, _, field = path.rpartition(".")
    return type_ or own, field


def _case_field(model: ProcessModel, field: str) -> Iterator[Named]:
    amount = model.money.amount
    figure = next((one for one in model.money.figures if f"money_{one.name}" == field), None)
    if figure is not None:
        yield from _figure(model, figure)
    elif field == "amount" and amount is not None:
        yield (amount.entity, amount.field or "") if amount.entity else (EVERY, amount.event or "")
    else:
        yield model.case or EVERY, field


def _figure(model: ProcessModel, figure: Figure) -> Iterator[Named]:
    if figure.formula is not None:
        for name in figures_read(figure.formula):
            yield from _case_field(model, f"money_{name}")
        return
    for field in (figure.field, *figure.where, *figure.having, *figure.lacking):
        yield figure.entity, field


def _measure(one: Measurement) -> Iterator[Named]:
    if one.formula is None:
        paths = (one.at, one.field, one.since, *one.ends, *one.where, *one.having, *one.lacking)
        named = (*one.naming, *one.naming.values())
        yield from (_path(path, one.entity) for path in (*paths, *named) if path)
