"""Which event of a micro-batch told of a case what was not known, or of what entity it told."""

from collections.abc import Collection

from controlplane.correcting.correction import Cause
from controlplane.pipeline.folding import Folded
from controlplane.pipeline.moment import Moment
from governance.exception.process_exception import SYSTEM
from observability.projection.entity_stores import EntityKey
from rules.instant import render_instant


def cause_of(one: Folded, touched: Collection[EntityKey], moment: Moment, *, since: int) -> Cause:
    """Return what the micro-batch from offset *since* on told of the case, by its last event."""
    last = max(one.case.events, key=lambda event: event.offset)
    if last.offset >= since:
        return moment.cause(
            "evidence",
            f"{last.source}/{last.event_id}",
            because=f"{last.activity} of {render_instant(last.occurred_at)} was told late",
            actor=last.source,
        )
    names = sorted(entity.name for entity in one.entities if entity.name in touched)
    about = " ".join(names[0]) if names else one.case.process
    return moment.cause("evidence", about, because="more is known of it", actor=SYSTEM)
