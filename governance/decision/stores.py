"""Decisions as they were taken: rules asked, rules that held, and on which facts (by digest)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from governance.tables import decision, unchecked
from rules.decision import Decision, Firing, NotEvaluated, NotFired, ReferenceAlone
from rules.instant import from_micros, to_micros


class KeptDecision(msgspec.Struct, frozen=True, kw_only=True):
    """
    A decision, the case it is about, and the trace that led to it.

    `asked_by` is who asked at the gate, None where the worker decided; `instance` is empty
    when the gate was asked about facts of no case.
    """

    id: str
    at: datetime
    process: str
    instance: str
    decision: Decision
    offset: int
    trace_id: str | None = None
    span_id: str | None = None
    asked_by: str | None = None


class Unchecked(msgspec.Struct, frozen=True, kw_only=True):
    """How often rules of *ruleset* could not be asked, for *reason*, since the ledger began."""

    ruleset: str
    reason: str
    times: int


class _Quiet(msgspec.Struct, frozen=True):
    not_fired: tuple[NotFired, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()
    by_reference: ReferenceAlone | None = None


_decode_quiet = msgspec.json.Decoder(_Quiet).decode
_decode_firings = msgspec.json.Decoder(tuple[Firing, ...]).decode
_decode_evaluated = msgspec.json.Decoder(tuple[str, ...]).decode
_LATEST = """\
SELECT ruleset, version, outcome, evaluated, firings, not_fired, facts_digest FROM decision
WHERE instance = {mark} AND ruleset = {mark} AND asked_by IS NULL
ORDER BY "offset" DESC LIMIT 1"""


def append(connection: Connection, kept: Sequence[KeptDecision]) -> None:
    """Keep decisions; one that was taken before, on the same facts at the same offset, stands."""
    if kept:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        fresh = dialect.insert(decision).on_conflict_do_nothing()
        connection.execute(fresh, [_row(one) for one in kept])
    _count_unchecked(connection, kept)


def _count_unchecked(connection: Connection, kept: Sequence[KeptDecision]) -> None:
    """Add what *kept* could not check to the counts."""
    found = Counter(
        (one.decision.ruleset, rule.reason) for one in kept for rule in one.decision.not_evaluated
    )
    for (ruleset, reason), more in sorted(found.items()):
        counted = connection.execute(
            update(unchecked)
            .where(unchecked.c.ruleset == ruleset, unchecked.c.reason == reason)
            .values(times=unchecked.c.times + more)
        )
        if not counted.rowcount:
            connection.execute(insert(unchecked).values(ruleset=ruleset, reason=reason, times=more))


def unchecked_counts(connection: Connection) -> list[Unchecked]:
    rows = connection.execute(select(unchecked).order_by(unchecked.c.ruleset, unchecked.c.reason))
    return [Unchecked(ruleset=row.ruleset, reason=row.reason, times=row.times) for row in rows]


def move(connection: Connection, old: str, new: str) -> None:
    """Let the decisions about the instance *old* be found under *new*, which it has become."""
    connection.execute(update(decision).where(decision.c.instance == old).values(instance=new))


def get_decision(connection: Connection, id_: str) -> KeptDecision | None:
    row = connection.execute(select(decision).where(decision.c.id == id_)).one_or_none()
    return None if row is None else _kept(row)


def of_instance(
    connection: Connection, instance: str, *, limit: int = 50, gate: bool = True
) -> list[KeptDecision]:
    """Return the latest decisions about *instance*, the newest first; *gate*: the gate's too."""
    found = select(decision).where(decision.c.instance == instance)
    if not gate:
        found = found.where(decision.c.asked_by.is_(None))
    rows = connection.execute(
        found.order_by(decision.c.offset.desc(), decision.c.ruleset).limit(limit)
    )
    return [_kept(row) for row in rows]


def latest_by(connection: Connection, instance: str, ruleset: str) -> Decision | None:
    """Return the worker's last decision by *ruleset* about *instance*."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    text = _LATEST.format(mark=mark)
    row = connection.connection.cursor().execute(text, (instance, ruleset)).fetchone()
    return None if row is None else _decided(*row)


def latest_of_instance(connection: Connection, instance: str) -> list[KeptDecision]:
    """Return the worker's last decision by each rule set about *instance*."""
    latest: dict[str, KeptDecision] = {}
    for one in of_instance(connection, instance, gate=False):
        latest.setdefault(one.decision.ruleset, one)
    return [latest[name] for name in sorted(latest)]


def _row(one: KeptDecision) -> dict[str, Any]:
    said = one.decision
    quiet = _Quiet(said.not_fired, said.not_evaluated, said.by_reference)
    return {
        "id": one.id,
        "at": to_micros(one.at),
        "process": one.process,
        "instance": one.instance,
        "ruleset": one.decision.ruleset,
        "version": one.decision.version,
        "outcome": one.decision.outcome,
        "evaluated": msgspec.json.encode(one.decision.evaluated).decode(),
        "firings": msgspec.json.encode(one.decision.firings).decode(),
        "not_fired": msgspec.json.encode(quiet).decode(),
        "facts_digest": one.decision.facts_digest,
        "trace_id": one.trace_id,
        "span_id": one.span_id,
        "offset": one.offset,
        "asked_by": one.asked_by,
    }


def _kept(row: Row[Any]) -> KeptDecision:
    return KeptDecision(
        id=row.id,
        at=from_micros(row.at),
        process=row.process,
        instance=row.instance,
        offset=row.offset,
        trace_id=row.trace_id,
        span_id=row.span_id,
        asked_by=row.asked_by,
        decision=_decided(
            row.ruleset,
            row.version,
            row.outcome,
            row.evaluated,
            row.firings,
            row.not_fired,
            row.facts_digest,
        ),
    )


def _decided(  # noqa: PLR0913, PLR0917 - the columns of a decision, in their order
    ruleset: str,
    version: str,
    outcome: str,
    evaluated: str,
    firings: str,
    not_fired: str,
    facts_digest: str,
) -> Decision:
    quiet = _decode_quiet(not_fired)
    return Decision(
        ruleset=ruleset,
        version=version,
        outcome=outcome,
        evaluated=_decode_evaluated(evaluated),
        firings=_decode_firings(firings),
        not_fired=quiet.not_fired,
        not_evaluated=quiet.not_evaluated,
        facts_digest=facts_digest,
        by_reference=quiet.by_reference,
    )
