"""
Regroup: what is left of a case is correlated anew, from its events and from standing aliases.

Keys only ever join while events come. What joined them may be gone: an event is retracted, an
alias withdrawn, a key field taken out of a model. Then the case is taken apart, and what no
longer belongs together parts.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection

from controlplane.pipeline.arrival import Arrival
from controlplane.pipeline.correlating import Correlated, Key, gather
from controlplane.pipeline.definitions import Definitions
from observability.event import decode_event
from observability.log import stores as log
from observability.projection import alias_stores, case_stores, reconsideration_stores


def regroup(
    state: Connection,
    log_connection: Connection,
    definitions: Definitions,
    ids: Iterable[str],
    found: Correlated,
) -> None:
    """Take the cases *ids* apart and gather them anew into *found*."""
    names = case_stores.names_of(state, ids)
    offsets: dict[str, list[int]] = defaultdict(list)
    for process, offset in sorted(case_stores.take_apart(state, names)):
        offsets[process].append(offset)
    keys: dict[str, set[str]] = defaultdict(set)
    for id_, those in names.items():
        found.cases.pop(id_, None)
        for process, key in those:
            keys[process].add(key)
    for process in sorted(keys):
        pairs = alias_stores.standing(state, process, keys[process])
        gather(
            state,
            log_connection,
            definitions,
            _arrivals(log_connection, offsets[process]),
            found,
            aliases=[(process, pair) for pair in pairs],
            within=(process, frozenset(keys[process])),
        )
    for id_ in sorted(names):
        _inherit(state, id_, names[id_], found)


def regroup_joined(
    state: Connection, log_connection: Connection, definitions: Definitions, found: Correlated
) -> None:
    """
    Regroup what joined in a process whose past is being placed anew.

    One of the two may still be known by keys that join no more, and the other be done with.
    """
    if not found.joined:
        return
    placing = reconsideration_stores.placing(state)
    into = {
        id_
        for id_ in found.joined.values()
        if id_ in found.cases and found.cases[id_].process in placing
    }
    regroup(state, log_connection, definitions, into, found)


def _arrivals(log_connection: Connection, offsets: Iterable[int]) -> list[Arrival]:
    return [
        Arrival(offset=one.offset, event=decode_event(one.payload), at=one.at)
        for one in log.entries(log_connection, offsets)
    ]


def _inherit(state: Connection, id_: str, names: Iterable[Key], found: Correlated) -> None:
    """Note what became of the case *id_*: its keys lead to those that have its events now."""
    leads = set(case_stores.instances_by_key(state, names).values())
    heirs = sorted(leads & set(found.cases))
    if not heirs:
        found.emptied.add(id_)
    elif len(heirs) > 1:
        found.parted[id_] = heirs
    elif heirs != [id_] and id_ not in found.cases:
        found.join(id_, heirs[0])
