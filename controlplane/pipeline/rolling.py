"""Roll up: what each dirty case contributes to the figures of its process, in place of before."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.folding import Folded
from observability.projection.clock_stores import KeptClock
from observability.rollup import stores
from observability.rollup.measure import Judged, RolledCase
from observability.rollup.measures import contributions


def roll_up(
    state: Connection,
    definitions: Definitions,
    cases: Mapping[str, Folded],
    clocks: Mapping[str, Sequence[KeptClock]],
) -> None:
    judged = {one.case.process: judged_by(definitions, one.case.process) for one in cases.values()}
    stores.keep(
        state,
        {
            id_: (
                one.case.process,
                contributions(
                    RolledCase(
                        instance=one.instance,
                        events=one.case.events,
                        clocks=clocks.get(id_, ()),
                        judged=judged[one.case.process],
                        entities=one.entities,
                    )
                ),
            )
            for id_, one in cases.items()
        },
    )


def judged_by(definitions: Definitions, process: str) -> Judged:
    return Judged(
        model=definitions.models.get(process),
        objectives={one.sla: one for one in definitions.objectives.get(process, ())},
        calendars=definitions.calendars,
    )
