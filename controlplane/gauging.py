"""Figures that stand in the state, shown among the program's metrics when they are asked for."""

from collections.abc import Iterable

from opentelemetry.metrics import CallbackOptions, Observation

from controlplane.database import DATABASE_AWAY, Databases, reading
from controlplane.ruleprocess import held_stores
from controlplane.telemetry import meter
from governance.decision.stores import unchecked_counts


def show_unchecked(databases: Databases) -> None:
    """Count, by rule set and reason, the rules that the worker and the gate could not ask."""

    def read(_: CallbackOptions) -> Iterable[Observation]:
        try:
            with reading(databases.state) as connection:
                found = unchecked_counts(connection)
        except DATABASE_AWAY:
            return ()
        return [
            Observation(one.times, {"ruleset": one.ruleset, "reason": one.reason}) for one in found
        ]

    meter.create_observable_counter(
        "controlplane_decisions_not_evaluated",
        callbacks=[read],
        description="Rules that could not be asked, by rule set and reason",
    )


def show_held(databases: Databases) -> None:
    """Count, by rule set, the cases and the questions of no case that rule processes died over."""

    def read(_: CallbackOptions) -> Iterable[Observation]:
        try:
            with reading(databases.state) as connection:
                found = held_stores.counts(connection)
        except DATABASE_AWAY:
            return ()
        return [
            Observation(number, {"ruleset": one.ruleset, "of": of})
            for one in found
            for of, number in (("cases", one.cases), ("questions", one.questions))
        ]

    meter.create_observable_gauge(
        "controlplane_held",
        callbacks=[read],
        description="What rule processes died over and the reference decides alone, by rule set",
    )
