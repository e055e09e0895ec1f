"""
What was planned comes about with the first sweep from its time on, in its asker's name.

A rule set is checked again by what its process and contracts promise then: one that holds no
longer is given up, and what stood goes on standing.
"""

import structlog
from sqlalchemy import Connection

from controlplane.applying import ruleset
from controlplane.applying.applying import Applying, not_found
from controlplane.pipeline.command import Command
from controlplane.pipeline.moment import Moment
from controlplane.pipeline.processing import Processing
from controlplane.rulecheck import judge
from governance.document import planned_stores
from governance.document import stores as documents
from governance.document.governed_document import GovernedDocument
from governance.document.lifecycle import Planned, come_about
from rules.language import read_ruleset
from rules.refusal import Refusal

_logger = structlog.get_logger(__name__)


def come_due(state: Connection, log: Connection, processing: Processing, moment: Moment) -> bool:
    """Let the first transition whose time has come come about; return whether there was one."""
    one = planned_stores.first_due(state, at=moment.at)
    if one is None:
        return False
    applying = _in_name_of(one, state, log, processing, moment)
    wanted = _wanted(state, one, moment)
    if isinstance(wanted, Refusal):
        _abandon(applying, one, wanted.detail)
    else:
        ruleset.move(applying, wanted, comment=one.comment)
    return True


def give_up(state: Connection, log: Connection, processing: Processing, moment: Moment) -> None:
    """Give up what cannot come about, and say so."""
    one = planned_stores.first_due(state, at=moment.at)
    if one is not None:
        _abandon(_in_name_of(one, state, log, processing, moment), one, "it could not be applied")


def _wanted(state: Connection, one: Planned, moment: Moment) -> GovernedDocument | Refusal:
    found = documents.get_document(state, one.kind, one.name, one.version)
    if found is None:
        return not_found("rule set version", f"{one.name} {one.version}")
    others = documents.list_versions(state, one.kind, one.name)
    wanted = come_about(found, one, others=others, at=moment.at)
    if isinstance(wanted, Refusal) or not wanted.active:
        return wanted
    return judge(state, read_ruleset(wanted.body)) or wanted


def _abandon(applying: Applying, one: Planned, because: str) -> None:
    planned_stores.drop(applying.state, one.kind, one.name, one.version)
    ruleset.abandoned(applying, one, because)
    _logger.warning("plan_abandoned", name=one.name, version=one.version, because=because)


def _in_name_of(
    one: Planned, state: Connection, log: Connection, processing: Processing, moment: Moment
) -> Applying:
    command = Command(id="", name="ruleset:transition", actor=one.actor, body={}, at=moment.at)
    return Applying(command=command, state=state, log=log, processing=processing, moment=moment)
