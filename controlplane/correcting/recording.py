"""A correction is kept with what it changed, and told in one line of the ledger."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from controlplane.correcting import stores
from controlplane.correcting.correction import Cause, Difference
from controlplane.correcting.difference import Judged, breaches, difference, of_cases
from governance.ledger import stores as ledger


def correct(state: Connection, cause: Cause, judged: Judged, *, at: datetime) -> dict[str, Any]:
    """Keep the correction made for *cause*, which is over; return what the ledger says of it."""
    found = difference(judged, at=at)
    id_ = stores.begin(state, cause)
    stores.add(state, id_, found)
    stores.end(state, id_, at=at)
    return {"correction": id_, **summary(found)}


def summary(found: Difference) -> dict[str, Any]:
    """Return *found* in figures; a figure that is nought is left out."""
    figures = {
        "cases": found.cases,
        "breaches_withdrawn": found.count("breach-withdrawn"),
        "breaches_added": found.count("breach-added"),
        "exceptions_ended": found.count("exception-ended"),
        "exceptions_opened": found.count("exception-opened"),
    }
    money = {
        name: sums
        for name, sums in msgspec.to_builtins(found.money).items()
        if sums  # by currency
    }
    return {**{name: n for name, n in figures.items() if n}, **money}


def correct_by_evidence(
    state: Connection, judged: Judged, cause_of: Callable[[str], Cause], *, at: datetime
) -> None:
    """
    Keep a correction for each cause, told of an instance, that took back what was said of it.

    What is broken from its first event on is news, not a correction.
    """
    by_cause: dict[Cause, list[str]] = {}
    for id_ in corrected(judged, at=at):
        by_cause.setdefault(cause_of(id_), []).append(id_)
    for cause, ids in by_cause.items():
        told = correct(state, cause, of_cases(judged, frozenset(ids)), at=at)
        ledger.append(
            state,
            actor=cause.actor,
            action="case:evidence:corrected",
            subject=cause.subject,
            detail={"because": cause.because, **told},
            at=at,
        )


def corrected(judged: Judged, *, at: datetime) -> Sequence[str]:
    """Return the cases of which breaches were withdrawn, or added to what stood, by id."""
    changed = breaches(judged, at=at)
    stood = {judged.heirs.get(id_, id_) for id_, clocks in judged.before.items() if clocks}
    return sorted({one.instance for one in changed if one.instance in stood & set(judged.after)})
