"""A process model is coherent when every name in it leads somewhere, and to one place only."""

import re
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

from observability.model.flaw import Flaw, kebab, known, twice
from observability.model.formula import FormulaError, reads
from observability.model.model import Figure, Measurement, ProcessModel
from observability.model.ordering import order_flaws
from rules.document import DocumentError, convert, read_yaml

NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
FIGURE = re.compile(r"[a-z][a-z0-9_]*")
VERSION = re.compile(r"\d+\.\d+\.\d+")
CURRENCY = re.compile(r"[A-Z]{3}")
MAJOR = re.compile(r"\.v\d+$")
ACTIVITY = re.compile(r"\S(.{0,198}\S)?")


def read_model(text: str | bytes) -> ProcessModel:
    """Return the process model of YAML *text*; raise `DocumentError` where it is not coherent."""
    data, positions = read_yaml(text)
    model = convert(data, ProcessModel, positions)
    for flaw in flaws(model):
        line, column = positions.get(flaw.pointer, (0, 0))
        raise DocumentError(flaw.message, line=line, column=column, pointer=flaw.pointer)
    return model


def flaws(model: ProcessModel) -> Iterator[Flaw]:
    """Return what is wrong with *model*, in the order of the document."""
    yield from _head(model)
    yield from _case(model)
    yield from _performers(model)
    yield from _activities(model)
    yield from _event_types(model)
    yield from _stages(model)
    yield from order_flaws(model)
    yield from _ends(model)
    yield from _named_steps(model)
    yield from _links(model)
    yield from _entities(model)
    yield from _money(model)
    yield from _measures(model)
    yield from _import(model)


def _head(model: ProcessModel) -> Iterator[Flaw]:
    yield from kebab("/process", model.process)
    if not VERSION.fullmatch(model.version):
        yield Flaw(
            pointer="/version",
            message=f"{model.version!r} is no version of three numbers such as 1.0.0",
        )
    yield from kebab("/owner", model.owner)


def _case(model: ProcessModel) -> Iterator[Flaw]:
    described = model.entities.get(model.case) if model.case else None
    if model.case:
        yield from known("/case", "entity type", model.case, model.entities)
    if described and described.key not in model.keys:
        yield Flaw(
            pointer="/case",
            message=f"{described.key!r}, the key of {model.case!r}, is not one of `keys`",
        )
    for field, value in (("title_from", model.title_from), ("owner_from", model.owner_from)):
        if value and not model.case:
            yield Flaw(
                pointer=f"/{field}", message=f"`{field}` reads the case's entity: name it in `case`"
            )


def _activities(model: ProcessModel) -> Iterator[Flaw]:
    stages = [one.stage for one in model.stages]
    names = [one.activity for one in model.activities]
    yield from twice("/activities", "activity", names)
    for index, one in enumerate(model.activities):
        at = f"/activities/{index}"
        if not ACTIVITY.fullmatch(one.activity):
            yield Flaw(
                pointer=f"{at}/activity",
                message=f"{one.activity!r} is no name of 1 to 200 characters on one line",
            )
        if one.stage is not None:
            yield from known(f"{at}/stage", "stage", one.stage, stages)
        for place, name in enumerate(one.after):
            yield from known(f"{at}/after/{place}", "activity", name, names)
    try:
        TopologicalSorter({one.activity: one.after for one in model.activities}).prepare()
    except CycleError as error:
        cycle = " → ".join(error.args[1])
        yield Flaw(pointer="/activities", message=f"`after` goes in a circle: {cycle}")


def _event_types(model: ProcessModel) -> Iterator[Flaw]:
    reported: dict[str, str] = {}
    for index, one in enumerate(model.activities):
        for place, type_ in enumerate(one.events):
            at = f"/activities/{index}/events/{place}"
            yield from _versioned(at, type_)
            if type_ in reported:
                yield Flaw(
                    pointer=at,
                    message=f"{type_!r} already reports {reported[type_]!r}: one type, one step",
                )
            reported[type_] = one.activity


def _performers(model: ProcessModel) -> Iterator[Flaw]:
    for place, field in enumerate(model.performed_by):
        if not field.strip():
            yield Flaw(pointer=f"/performed_by/{place}", message="name a data field of the events")


def _stages(model: ProcessModel) -> Iterator[Flaw]:
    yield from twice("/stages", "stage", [one.stage for one in model.stages])
    for index, one in enumerate(model.stages):
        yield from kebab(f"/stages/{index}/stage", one.stage)


def _ends(model: ProcessModel) -> Iterator[Flaw]:
    for field, names in (("start", model.start), ("end", model.end), ("cancel", model.cancel)):
        for place, name in enumerate(names):
            yield from known(f"/{field}/{place}", "activity", name, model.by_activity)
    for place, name in enumerate(model.cancel):
        if name in model.end:
            yield Flaw(
                pointer=f"/cancel/{place}", message=f"{name!r} both completes and cancels the case"
            )


def _named_steps(model: ProcessModel) -> Iterator[Flaw]:
    """Let every activity that another one, a milestone or a whole names be there."""
    for index, one in enumerate(model.activities):
        for word in ("fails", "undoes"):
            of = getattr(one, word)
            if of is not None:
                yield from known(f"/activities/{index}/{word}", "activity", of, model.by_activity)
    listed = [
        ("milestones", "milestone", [(one.milestone, one.reached) for one in model.milestones]),
        ("together", "whole", [(one.together, one.of) for one in model.together]),
    ]
    for field, noun, those in listed:
        yield from twice(f"/{field}", noun, [name for name, _ in those])
        for index, (name, activities) in enumerate(those):
            yield from kebab(f"/{field}/{index}", name)
            for activity in activities:
                yield from known(f"/{field}/{index}", "activity", activity, model.by_activity)


def _links(model: ProcessModel) -> Iterator[Flaw]:
    for index, link in enumerate(model.links):
        at = f"/links/{index}"
        yield from kebab(f"{at}/process", link.process)
        if not model.case or not link.by:
            yield Flaw(
                pointer=f"{at}/by",
                message="a link reads fields of the case's entity: name both, in `by` and `case`",
            )


def _entities(model: ProcessModel) -> Iterator[Flaw]:
    for type_, entity in model.entities.items():
        at = f"/entities/{type_}"
        if not NAME.fullmatch(type_):
            yield Flaw(pointer=at, message=f"{type_!r} is no lower-case name such as rate_card")
        for place, name in enumerate(entity.describing):
            yield from _versioned(f"{at}/from/{place}", name)
        for name in entity.touched_by:
            yield from _versioned(f"{at}/touched_by/{name}", name)
    for field, type_ in model.references.items():
        if not NAME.fullmatch(type_):
            yield Flaw(
                pointer=f"/references/{field}",
                message=f"{type_!r} is no lower-case name such as rate_card",
            )


def _money(model: ProcessModel) -> Iterator[Flaw]:
    amount = model.money.amount
    if amount is not None:
        by_entity = amount.entity is not None and amount.field is not None
        by_event = amount.event == "amount" and amount.entity is None and amount.field is None
        if by_entity == by_event or (by_entity and amount.event is not None):
            yield Flaw(
                pointer="/money/amount",
                message="the amount is {entity: …, field: …} or {event: amount}",
            )
        elif amount.entity is not None:
            yield from known("/money/amount/entity", "entity type", amount.entity, model.entities)
    before: list[str] = []
    for part in ("sums", "chain", "balances"):
        for index, figure in enumerate(getattr(model.money, part)):
            yield from _figure(model, figure, before, f"/money/{part}/{index}")
            before.append(figure.name)


def _figure(model: ProcessModel, figure: Figure, before: list[str], at: str) -> Iterator[Flaw]:
    if figure.name in before:
        yield Flaw(pointer=at, message=f"the figure {figure.name!r} stands twice")
    if not FIGURE.fullmatch(figure.name):
        yield Flaw(
            pointer=f"{at}/name", message=f"{figure.name!r} is no snake_case name such as paid"
        )
    if figure.formula is None:
        yield from known(f"{at}/entity", "entity type", figure.entity, model.entities)
        return
    if figure.entity or figure.field or figure.where or figure.having or figure.lacking:
        yield Flaw(pointer=at, message="a figure is a sum over entities, or has a `formula`")
    try:
        read = reads(figure.formula)
    except FormulaError as error:
        yield Flaw(pointer=f"{at}/formula", message=str(error))
        return
    for name in read:
        yield from known(f"{at}/formula", "figure", name, before)


def _measures(model: ProcessModel) -> Iterator[Flaw]:
    yield from twice("/measures", "measure", [one.measure for one in model.measures])
    for index, one in enumerate(model.measures):
        at = f"/measures/{index}"
        if not FIGURE.fullmatch(one.measure):
            yield Flaw(
                pointer=f"{at}/measure",
                message=f"{one.measure!r} is no snake_case name such as paid",
            )
        if one.formula is None:
            yield from _measure(model, one, at)
        else:
            yield from _balance(model.measures[:index], one, at)
    for name, fields in model.dimensions.items():
        at = f"/dimensions/{name}"
        if not FIGURE.fullmatch(name) or name == "currency":
            yield Flaw(pointer=at, message=f"{name!r} is no snake_case name, or taken")
        for field in fields:
            yield from known(at, "entity type", field.partition(".")[0], model.entities)


def _measure(model: ProcessModel, one: Measurement, at: str) -> Iterator[Flaw]:
    yield from known(f"{at}/entity", "entity type", one.entity, model.entities)
    if not one.at:
        yield Flaw(pointer=at, message="`at` is the field that says when")
    if one.since is not None and (one.field is not None or one.until is not None):
        yield Flaw(pointer=at, message="a measure times `since`, sums a `field`, or counts")
    if one.since is not None and "." in one.since:
        type_ = one.since.partition(".")[0]
        yield from known(f"{at}/since", "entity type", type_, model.entities)
    for field, path in one.naming.items():
        pointer, (type_, dot, _) = f"{at}/naming/{field}", path.partition(".")
        yield from known(pointer, "entity type", type_, model.entities)
        if not dot:
            yield Flaw(pointer=pointer, message=f"{path!r} is no `type.field`")


def _balance(before: Iterable[Measurement], one: Measurement, at: str) -> Iterator[Flaw]:
    """What a formula reads has happened, and is money of entities."""
    summed = [each.measure for each in before if each.field is not None and not each.standing]
    if one.entity or one.at or one.field or one.since or one.until:
        yield Flaw(pointer=at, message="a measure is of entities, or has a `formula`")
    try:
        read = reads(one.formula or "")
    except FormulaError as error:
        yield Flaw(pointer=f"{at}/formula", message=str(error))
        return
    for name in read:
        yield from known(f"{at}/formula", "sum before it", name, summed)


def _import(model: ProcessModel) -> Iterator[Flaw]:
    if model.importing is None:
        return
    yield from _versioned("/import/event_type", model.importing.event_type)
    currency = model.importing.currency
    if currency is not None and not CURRENCY.fullmatch(currency):
        yield Flaw(
            pointer="/import/currency", message=f"{currency!r} is not an ISO 4217 code such as EUR"
        )
    if model.importing.amount and currency is None:
        yield Flaw(pointer="/import", message="an amount needs its `currency`")


def _versioned(pointer: str, type_: str) -> Iterator[Flaw]:
    if MAJOR.search(type_):
        plain = MAJOR.sub("", type_)
        yield Flaw(pointer=pointer, message=f"name the type without its version: {plain!r}")
