"""
A process model says what is expected of a case: its activities, their order, its stages,
its ends, the entities that live in it and the money that it carries.

It judges nothing here; it is checked where it is read, and asked.
"""

from functools import cached_property
from typing import Literal

import msgspec

from observability.model.order import Scalar, Step, named


class Activity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `activity` is the name that events carry; `events` are the types that report it.

    It `fails` another when it reports that the other did not come about, and `undoes` one that
    had: a compensation.
    """

    activity: str
    title: str | None = None
    stage: str | None = None
    events: tuple[str, ...] = ()
    system: str | None = None
    after: tuple[str, ...] = ()
    required: bool = False
    repeats: bool = False
    fails: str | None = None
    undoes: str | None = None


class Milestone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reached once every activity of `reached` has come."""

    milestone: str
    title: str | None = None
    reached: tuple[str, ...]


class Together(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Activities of several systems that are done all or not at all."""

    together: str
    title: str | None = None
    of: tuple[str, ...]


class Link(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The case is a part of a case of `process`, or was spawned by it: the one that goes by what
    the first of the fields `by` says that the case's own entity has.
    """

    process: str
    by: tuple[str, ...]
    kind: Literal["part", "spawned"] = msgspec.field(name="as", default="part")


class Stage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    stage: str
    title: str | None = None
    owner: str | None = None


class EntityModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `key` is the data field that names the entity. Events of `describing` describe it; those of
    `touched_by` name it in another field, one or many, and only stamp it.
    """

    key: str
    describing: tuple[str, ...] = msgspec.field(name="from", default=())
    touched_by: dict[str, str] = {}


class AmountField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a case's amount stands: a field of an entity, or `event: amount`, its last event's."""

    entity: str | None = None
    field: str | None = None
    event: str | None = None


class Figure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One sum over the case's entities of a type, those whose fields equal what `where` lists, that
    have every field of `having` and none of `lacking`; or what a `formula` makes of figures
    before it.
    """

    name: str
    title: str | None = None
    entity: str = ""
    field: str = ""
    where: dict[str, Scalar | tuple[Scalar, ...]] = {}
    having: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    formula: str | None = None


class Measurement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What the case's entities of a type add to the firm's figures, told apart as a `Figure` is.

    `at` is the field that says when (an instant, or a day that begins at midnight UTC). It sums the
    number or money in `field`, or times how long it was `since` another field of the entity
    (`type.field` of another one of the case, its earliest), or counts. With `until` it stands from
    `at` until the first of those fields is said. With `naming` those count that name in a field an
    entity of the case that has a field: `{invoice_id: invoice.timesheet_ids}`, payments of
    invoices of time. A `formula` makes it of sums of money before it,
    case by case: what a balance such as `max(invoiced - recognised, 0)` comes to, day by day.
    """

    measure: str
    entity: str = ""
    at: str = ""
    field: str | None = None
    since: str | None = None
    until: str | tuple[str, ...] | None = None
    where: dict[str, Scalar | tuple[Scalar, ...]] = {}
    having: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    naming: dict[str, str] = {}
    formula: str | None = None

    @property
    def ends(self) -> tuple[str, ...]:
        """The fields that end what stands."""
        return (self.until,) if isinstance(self.until, str) else self.until or ()

    @property
    def standing(self) -> bool:
        """Whether it stands open, and is not what happened."""
        return bool(self.until) or self.formula is not None


class MoneyModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `chain` is the way of the money through the case; `balances` are what stands between its
    steps; `sums` are read by both and shown by neither.
    """

    amount: AmountField | None = None
    sums: tuple[Figure, ...] = ()
    chain: tuple[Figure, ...] = ()
    balances: tuple[Figure, ...] = ()

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in the order in which formulas may read them."""
        return (*self.sums, *self.chain, *self.balances)


class ImportModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a file's rows become events: their type, and where the amount is found, first wins."""

    event_type: str
    currency: str | None = None
    amount: tuple[str, ...] = ()


class Touching(msgspec.Struct, frozen=True, kw_only=True):
    """An event type or activity names an entity of `type` in its data field `field`."""

    type: str
    field: str
    describes: bool


class ProcessModel(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True
):
    """
    `order` is how the work is expected to run; an activity outside it keeps to its own `after`,
    `required` and `repeats`. `running` says what becomes of the cases that have begun when this
    version comes in force: they `migrate` to it, or stay with theirs, `pin`. `performed_by` are
    the data fields that say which team or role took a step, first wins. `measures` are told apart
    by `dimensions`: of each, the first `type.field` that an entity of the case has.
    """

    process: str
    version: str
    title: str
    owner: str
    description: str = ""
    case: str | None = None
    keys: tuple[str, ...] = ()
    title_from: tuple[str, ...] = ()
    owner_from: str | None = None
    performed_by: tuple[str, ...] = ()
    activities: tuple[Activity, ...] = ()
    order: tuple[Step, ...] = ()
    stages: tuple[Stage, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    together: tuple[Together, ...] = ()
    links: tuple[Link, ...] = ()
    running: Literal["migrate", "pin"] = "migrate"
    start: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    cancel: tuple[str, ...] = ()
    entities: dict[str, EntityModel] = {}
    references: dict[str, str] = {}
    money: MoneyModel = MoneyModel()
    measures: tuple[Measurement, ...] = ()
    dimensions: dict[str, tuple[str, ...]] = {}
    importing: ImportModel | None = msgspec.field(name="import", default=None)

    @cached_property
    def by_activity(self) -> dict[str, Activity]:
        return {one.activity: one for one in self.activities}

    @cached_property
    def by_type(self) -> dict[str, str]:
        """Event type → the activity that it reports."""
        return {type_: one.activity for one in self.activities for type_ in one.events}

    @cached_property
    def in_order(self) -> frozenset[str]:
        """The activities that `order` names."""
        return frozenset(activity for activity, _ in named(self.order))

    @cached_property
    def by_stage(self) -> dict[str, Stage]:
        return {one.stage: one for one in self.stages}

    @cached_property
    def stage_rank(self) -> dict[str, int]:
        return {one.stage: rank for rank, one in enumerate(self.stages)}

    @cached_property
    def touching(self) -> dict[str, tuple[Touching, ...]]:
        """Event type or activity → the entities that it names."""
        found: dict[str, list[Touching]] = {}
        for type_, entity in self.entities.items():
            for name in entity.describing:
                one = Touching(type=type_, field=entity.key, describes=True)
                found.setdefault(name, []).append(one)
            for name, field in entity.touched_by.items():
                one = Touching(type=type_, field=field, describes=False)
                found.setdefault(name, []).append(one)
        return {name: tuple(those) for name, those in found.items()}

    @cached_property
    def by_measure(self) -> dict[str, Measurement]:
        return {one.measure: one for one in self.measures}

    @property
    def part_of(self) -> str | None:
        """The process whose cases its own are parts of: no event belongs here but by its data."""
        return next((link.process for link in self.links if link.kind == "part"), None)

    def activity_of(self, type_: str) -> str | None:
        return self.by_type.get(type_)

    def title_of(self, activity: str) -> str:
        known = self.by_activity.get(activity)
        return known.title if known and known.title else activity.replace("-", " ").capitalize()

    def stage_of(self, activity: str) -> str | None:
        known = self.by_activity.get(activity)
        return known.stage if known else None

    def owner_of(self, stage: str | None) -> str:
        """The team that answers for *stage*; the process's own team when the stage names none."""
        known = self.by_stage.get(stage) if stage else None
        return known.owner if known and known.owner else self.owner
