"""What was planned comes about with the first sweep from its time on, in its asker's name."""

from sqlalchemy import Connection

from controlplane.applying import ruleset
from controlplane.applying.applying import Applying
from controlplane.pipeline.command import Command
from controlplane.pipeline.moment import Moment
from controlplane.pipeline.processing import Processing
from governance.document import planned_stores
from governance.document import stores as documents
from governance.document.lifecycle import Planned, come_about


def come_due(state: Connection, log: Connection, processing: Processing, moment: Moment) -> bool:
    """Let the first transition whose time has come come about; return whether there was one."""
    one = planned_stores.first_due(state, at=moment.at)
    if one is None:
        return False
    applying = _in_name_of(one, state, log, processing, moment)
    planned_stores.drop(state, one.kind, one.name, one.version)
    found = documents.get_document(state, one.kind, one.name, one.version)
    wanted = None if found is None else come_about(found, one, at=moment.at)
    if wanted is None or wanted is found:
        ruleset.abandoned(applying, one)
    else:
        ruleset.move(applying, wanted, comment=one.comment)
    return True


def give_up(state: Connection, log: Connection, processing: Processing, moment: Moment) -> None:
    """Give up what cannot come about, and say so."""
    one = planned_stores.first_due(state, at=moment.at)
    if one is not None:
        planned_stores.drop(state, one.kind, one.name, one.version)
        ruleset.abandoned(_in_name_of(one, state, log, processing, moment), one)


def _in_name_of(
    one: Planned, state: Connection, log: Connection, processing: Processing, moment: Moment
) -> Applying:
    command = Command(id="", name="ruleset:transition", actor=one.actor, body={}, at=moment.at)
    return Applying(command=command, state=state, log=log, processing=processing, moment=moment)
