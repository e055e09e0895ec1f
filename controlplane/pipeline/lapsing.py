"""What time alone does to exceptions: waivers run out, and handling grows late."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from controlplane.engagement import stores as engagements
from controlplane.pipeline.definitions import Definitions
from governance.exception import stores as exceptions
from governance.exception.escalating import escalate
from governance.exception.process_exception import Change
from governance.exception.reconcile import expire_waiver
from observability.reconciliation import stores as reconciliation

UNFINISHED = timedelta(days=1)


def end_waivers(state: Connection, definitions: Definitions, *, at: datetime) -> list[Change]:
    """Open again what was waived until *at*; return the changes."""
    changes = [
        expire_waiver(one, at=at, handling=definitions.handling(one.process))
        for one in exceptions.waivers_ended(state, at=at)
    ]
    engagements.save(state, changes)
    return changes


def forget_unfinished(state: Connection, *, at: datetime) -> None:
    """Let go of uploads that were broken off a day ago."""
    reconciliation.forget_unfinished(state, before=at - UNFINISHED)


def escalate_late(state: Connection, *, at: datetime, limit: int) -> list[Change]:
    """Escalate at most *limit* exceptions whose handling is late; return the changes."""
    late = exceptions.to_escalate(state, at=at, limit=limit)
    changes = [change for one in late if (change := escalate(one, at=at))]
    engagements.save(state, changes)
    return changes
