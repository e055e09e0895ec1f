"""Rules and objectives that go out of force take their exceptions and clocks with them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from controlplane.correcting.correction import Difference
from controlplane.correcting.difference import Judged, difference
from controlplane.engagement import stores as engagements
from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.moment import Moment
from controlplane.pipeline.processing import Processing
from governance.exception import stores as exceptions
from governance.exception.process_exception import Change
from governance.exception.withdrawing import Withdrawn, withdraw
from observability.projection import case_stores, clock_stores
from observability.projection.clock_stores import KeptClock

Told = tuple[str, str, Mapping[str, Any]]
"""(action, subject, detail) of an entry in the audit ledger."""


def settle_withdrawn(
    state: Connection,
    processing: Processing,
    process: str,
    withdrawn: Withdrawn,
    moment: Moment,
) -> tuple[list[Told], Difference]:
    """
    End what rests on what *process* is asked no longer.

    Return what the ledger is to hold, and what is different from before.
    """
    standing = exceptions.unresolved_of(state, process) if withdrawn else []
    changes = withdraw(standing, withdrawn, at=moment.at)
    engagements.save(state, changes)
    processing.tell(state, changes, moment)
    overdue: dict[str, list[KeptClock]] = {}
    for sla in sorted(withdrawn.slas):
        for id_, those in clock_stores.overdue(state, process, sla, at=moment.at).items():
            overdue[id_] = [*overdue.get(id_, ()), *those]
    clocks = {sla: clock_stores.drop(state, process, sla) for sla in sorted(withdrawn.slas)}
    ended = {one.exception.id for one in changes}
    judged = Judged(
        before=overdue,
        standing=[one for one in standing if one.id in ended],
        changes=changes,
        keys=case_stores.case_keys_of(state, overdue),
    )
    told = [*_rules(process, withdrawn, changes), *_objectives(process, clocks, changes)]
    return told, difference(judged, at=moment.at)


def withdrawn_between(before: Definitions, after: Definitions, process: str) -> Withdrawn:
    """Return what *process* was asked *before* and is not *after*."""
    old, new = _asked(before, process), _asked(after, process)
    rulesets = frozenset(old) - frozenset(new)
    slas = [{one.sla for one in d.objectives.get(process, ())} for d in (before, after)]
    return Withdrawn(
        rulesets=rulesets,
        rules=frozenset(
            (name, rule)
            for name in frozenset(old) & frozenset(new)
            for rule in old[name] - new[name]
        ),
        slas=frozenset(slas[0] - slas[1]),
    )


def _asked(definitions: Definitions, process: str) -> dict[str, frozenset[str]]:
    return {
        one.ruleset.ruleset: frozenset(rule.rule for rule in one.ruleset.rules)
        for one in definitions.rules.get(process, ())
    }


def _rules(process: str, withdrawn: Withdrawn, changes: list[Change]) -> Iterator[Told]:
    for name in sorted(withdrawn.rulesets | {ruleset for ruleset, _ in withdrawn.rules}):
        ended = [one for one in changes if one.exception.ruleset == name]
        rules = sorted(rule for ruleset, rule in withdrawn.rules if ruleset == name)
        named = {"rules": rules} if rules else {}
        yield (
            "ruleset:rule:withdrawn",
            name,
            {"process": process, **named, "exceptions": len(ended)},
        )


def _objectives(process: str, clocks: Mapping[str, int], changes: list[Change]) -> Iterator[Told]:
    for sla, dropped in clocks.items():
        about = (one.exception.process_sla for one in changes)
        ended = sum(1 for one in about if one is not None and one.sla == sla)
        yield (
            "sla:objective:withdrawn",
            sla,
            {"process": process, "exceptions": ended, "clocks": dropped},
        )
