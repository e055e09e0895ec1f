"""From a figure of a case to the events and spans behind it."""

from collections.abc import Mapping

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery
from sqlalchemy import Connection

from controlplane.api.case import model_of_case
from controlplane.api.figures import CaseFigure, case_figure
from controlplane.api.instances import find_case
from controlplane.api.problem import invalid
from controlplane.api.query import DEFAULT_LIMIT, Cursor, Limit, instant_of
from controlplane.api.wiring import Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.pipeline.folding import entities_of
from observability.event import decode_event
from observability.instance.lineage import FigureLine, Summand, line, summands
from observability.log import stores as log_stores
from observability.model.formula import reads
from observability.model.model import Figure, ProcessModel
from observability.page import read_offset, write_cursor
from observability.projection import entity_stores


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """
    `formula` says what the figure is made of, `of` has those figures; both are empty for a sum.

    `lines` are the entities that count, a page at a time, each with the events behind it.
    """

    figure: CaseFigure
    formula: str | None
    of: list[CaseFigure]
    total: int
    lines: list[FigureLine]
    next_cursor: str | None = None


@get(
    "/v1/instances/{instance:str}/lineage",
    operation_id="get_lineage",
    tags=["Processes"],
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_lineage(
    runtime: Wired,
    instance: FromPath[str],
    figure: FromQuery[str],
    *,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Lineage:
    """The entities and events that a figure of the case comes from; 400 for an unknown one."""
    with (
        reading(runtime.databases.state) as connection,
        reading(runtime.databases.log) as log,
    ):
        detail = find_case(connection, instance, instant_of(None))
        model = model_of_case(connection, detail)
        known = _figure(model, figure)
        entities = entities_of(connection, [instance])[instance]
        found = list(summands(model, figure, entities)) if model else []
        begin = 0 if cursor is None else read_offset(cursor)
        end = begin + limit
        lines = _lines(connection, log, found[begin:end])
    parts = reads(known.formula) if known.formula else ()
    return Lineage(
        figure=case_figure(known, detail.money),
        formula=known.formula,
        of=[case_figure(_figure(model, name), detail.money) for name in parts],
        total=len(found),
        lines=lines,
        next_cursor=write_cursor(end, figure) if end < len(found) else None,
    )


def _figure(model: ProcessModel | None, name: str) -> Figure:
    figures: Mapping[str, Figure] = {one.name: one for one in model.money.figures} if model else {}
    if name not in figures:
        listed = ", ".join(figures) or "none"
        raise invalid("/figure", f"There is no figure {name!r}; there are: {listed}.", status=400)
    return figures[name]


def _lines(connection: Connection, log: Connection, those: list[Summand]) -> list[FigureLine]:
    touches = entity_stores.entity_touches(connection, {one.entity.name for one in those})
    offsets = {one.offset for each in touches.values() for one in each}
    payloads = log_stores.payloads(log, sorted(offsets))
    return [
        line(
            one,
            [
                (decode_event(payloads[touch.offset]), touch.describes)
                for touch in touches.get(one.entity.name, ())
                if touch.offset in payloads
            ],
        )
        for one in those
    ]


HANDLERS = [get_lineage]
