"""Keys that a person joins name one case; parted, each leads to what it named by itself."""

from sqlalchemy import Connection

from controlplane.correcting.difference import Judged
from controlplane.pipeline.correlating import Correlated, correlate
from controlplane.pipeline.moment import Moment
from controlplane.pipeline.processing import Processing, follow
from controlplane.pipeline.regrouping import regroup, regroup_joined
from observability.projection import alias_stores, case_stores
from observability.projection.alias_stores import pairs_of

Aliases = tuple[str, tuple[str, ...]]
"""A process, and keys of one case of it; the first is joined with each of the others."""


def join_aliases(
    state: Connection, log: Connection, processing: Processing, aliases: Aliases, moment: Moment
) -> tuple[Correlated, Judged]:
    """Let the keys of *aliases* name one case; return the cases, and what that changed."""
    definitions = processing.definitions(state)
    alias_stores.put(state, aliases[0], pairs_of(aliases[1]))
    found = correlate(state, log, definitions, [], aliases=[aliases])
    regroup_joined(state, log, definitions, found)
    _, judged = follow(state, log, processing, found, moment)
    return found, judged


def part_aliases(
    state: Connection, log: Connection, processing: Processing, aliases: Aliases, moment: Moment
) -> tuple[Correlated, Judged]:
    """Let the first key of *aliases* stand for the others no more; return as when they join."""
    process, keys = aliases
    alias_stores.drop(state, process, pairs_of(keys))
    ids = case_stores.instances_by_key(state, {(process, key) for key in keys}).values()
    found = Correlated()
    regroup(state, log, processing.definitions(state), ids, found)
    _, judged = follow(state, log, processing, found, moment)
    return found, judged
