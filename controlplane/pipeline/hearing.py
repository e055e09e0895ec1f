"""
Hear: which systems tell, and which have fallen silent.

A silent system is one exception, of the system's owner. The clocks whose targets it would tell
say nothing meanwhile; when it is heard again, they are looked at anew.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from controlplane.engagement import stores as engagements
from controlplane.pipeline.arrival import Arrival
from controlplane.pipeline.definitions import Definitions
from governance.exception import stores as exceptions
from governance.exception.process_exception import Change
from governance.exception.reconcile import Circumstances, reconcile
from observability.projection import clock_stores
from observability.system import stores
from observability.system.document import System
from observability.system.stores import Heard
from rules.decision import Decision, Firing, NotFired
from rules.instant import render_instant

KIND = "system"
RULESET = "system-silence"
RULE = "source-silent"
TYPE = "SOURCE_SILENT"
_VERSION = "1.0.0"


def hear(
    state: Connection, definitions: Definitions, arrivals: Iterable[Arrival], *, at: datetime
) -> list[Change]:
    """Note who tells *arrivals*; return the exceptions that end with it."""
    told: dict[str, datetime] = {}
    for one in arrivals:
        for system in definitions.told_by.get(one.event.source, ()):
            told[system] = max(one.at, told.get(system, one.at))
    known = stores.heard(state) if told else {}
    news = {
        name: _heard(definitions.systems[name], when)
        for name, when in sorted(told.items())
        if name not in known or known[name].heard_at < when
    }
    stores.hear(state, news)
    changes: list[Change] = []
    for name in news:
        if stores.end(state, name, at):
            changes += _say(state, definitions.systems[name], None, at=at)
            clock_stores.wake(state, definitions.slas_of(name), at=at)
    return changes


def fall_silent(state: Connection, definitions: Definitions, *, at: datetime) -> list[Change]:
    """Note who is silent from now on; return the exceptions that begin with it."""
    changes: list[Change] = []
    for one in stores.due(state, at=at):
        system = definitions.systems.get(one.system)
        if system is None or one.silent_at is None:  # it is no longer in force
            stores.hear(state, {one.system: Heard(system=one.system, heard_at=one.heard_at)})
            continue
        stores.begin(state, one.system, one.heard_at)
        changes += _say(state, system, one.heard_at, at=at)
    return changes


def _heard(system: System, at: datetime) -> Heard:
    after = system.silent_after
    silent_at = None if after is None else at + after.duration
    return Heard(system=system.system, heard_at=at, silent_at=silent_at)


def _say(
    state: Connection, system: System, since: datetime | None, *, at: datetime
) -> Sequence[Change]:
    """Open the exception of a system that is silent *since* then, or end it."""
    name = f"{KIND}:{system.system}"
    decision = Decision(
        ruleset=RULESET,
        version=_VERSION,
        outcome="warning" if since else "clear",
        evaluated=(RULE,),
        firings=(_firing(system, since),) if since else (),
        not_fired=() if since else (NotFired(rule=RULE, because="it is heard again"),),
    )
    changes = reconcile(
        exceptions.of_instances(state, [name]).get(name, []),
        decision,
        Circumstances(
            process=KIND, instance=name, case_key=system.system, case_title=_title(system)
        ),
        at=at,
    )
    engagements.save(state, changes)
    return changes


def _firing(system: System, since: datetime) -> Firing:
    return Firing(
        rule=RULE,
        rule_version=_VERSION,
        title=f"{_title(system)} is silent",
        type=TYPE,
        severity="high",
        outcome="warning",
        occurrence=system.system,
        reason=f"Nothing was heard of {_title(system)} since {render_instant(since)}.",
        owner=system.owner,
    )


def _title(system: System) -> str:
    return system.title or system.system
