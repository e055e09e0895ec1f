"""
Cases that rule processes died over, as those who met them noted: a history, never rebuilt.

The API appends each to the log, from where the worker opens an exception.
"""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection, case, delete, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from controlplane.tables import held_case
from governance.decision.stores import KeptDecision
from rules.decision import fingerprint

_ID_LENGTH = 32


class HeldCase(msgspec.Struct, frozen=True, kw_only=True):
    """`instance` is empty where the gate was asked about facts of no case."""

    id: str
    process: str
    instance: str
    ruleset: str
    version: str
    facts_digest: str
    because: str


def note(connection: Connection, kept: Sequence[KeptDecision]) -> None:
    """Note those of *kept* that the reference took alone because their case is held."""
    rows = [
        {**msgspec.structs.asdict(one), "reported": 0}
        for one in map(_held, kept)
        if one is not None
    ]
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(held_case).on_conflict_do_nothing(), rows)


def _held(kept: KeptDecision) -> HeldCase | None:
    said = kept.decision
    mark = said.by_reference
    if mark is None or mark.reason != "quarantined":
        return None
    parts = (kept.instance, said.ruleset, said.version, said.facts_digest)
    return HeldCase(
        id=fingerprint("held", *parts)[:_ID_LENGTH],
        process=kept.process,
        instance=kept.instance,
        ruleset=said.ruleset,
        version=said.version,
        facts_digest=said.facts_digest,
        because=mark.because,
    )


def unreported(connection: Connection, *, limit: int = 100) -> list[HeldCase]:
    """Return cases of which the log does not know yet."""
    of_cases = select(held_case).where(held_case.c.reported == 0, held_case.c.instance != "")
    rows = connection.execute(of_cases.order_by(held_case.c.id).limit(limit))
    return [msgspec.convert(row._mapping, HeldCase) for row in rows]  # noqa: SLF001


def report(connection: Connection, id_: str) -> None:
    """Note that the log knows of the case."""
    connection.execute(update(held_case).where(held_case.c.id == id_).values(reported=1))


class HeldCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases of a rule set are held, and questions that the gate was asked of no case."""

    ruleset: str
    cases: int
    questions: int


def counts(connection: Connection) -> list[HeldCount]:
    """Return how many are held, by rule set."""
    c = held_case.c
    questions = func.sum(case((c.instance == "", 1), else_=0)).label("questions")
    query = select(c.ruleset, func.count().label("all"), questions).group_by(c.ruleset)
    return [
        HeldCount(ruleset=row.ruleset, cases=row.all - row.questions, questions=row.questions)
        for row in connection.execute(query.order_by(c.ruleset))
    ]


def drop_others(connection: Connection, versions: Collection[tuple[str, str]]) -> int:
    """Forget what was held of any but *versions* (rule set, version); return how many."""
    c = held_case.c
    stale = tuple_(c.ruleset, c.version).not_in(sorted(versions))
    return connection.execute(delete(held_case).where(stale)).rowcount


def by_version(connection: Connection, ruleset: str, version: str) -> list[HeldCase]:
    """Return every case that was held of this version of *ruleset*."""
    c = held_case.c
    rows = connection.execute(
        select(held_case).where(c.ruleset == ruleset, c.version == version).order_by(c.id)
    )
    return [msgspec.convert(row._mapping, HeldCase) for row in rows]  # noqa: SLF001
