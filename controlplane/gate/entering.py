"""What the gate has answered is entered into the decision ledger, where it changes nothing else."""

from collections.abc import Iterable

from sqlalchemy import Connection

from controlplane.gate.taken import kept, taken_of
from controlplane.ruleprocess import held_stores
from governance.decision import reach_stores as counting
from governance.decision import stores as decisions
from observability.log.entry import DECISION, LogEntry


def enter(state: Connection, entries: Iterable[LogEntry]) -> None:
    """Enter the decisions among *entries*."""
    those = [kept(taken_of(one), offset=one.offset) for one in entries if one.kind == DECISION]
    decisions.append(state, those)
    counting.count(state, those)
    held_stores.note(state, those)
