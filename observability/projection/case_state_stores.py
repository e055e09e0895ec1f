"""
What rules look at of one case, as it stands, in as few statements as it takes.

Somebody waits for it: the statements are written out, and cost what the database costs.
"""

from collections.abc import Collection
from functools import lru_cache

import msgspec
from sqlalchemy import Connection

from observability.entity import Entity
from observability.instance.instance import CaseState
from observability.projection.entity_stores import read_entity
from rules.instant import from_micros
from rules.money import Money, decimal

_CASE = """\
SELECT i.id, i.process, i.case_key, i.state, i.stage, i.started_at, i.amount, i.currency, i.money,
  i.currencies, EXISTS (SELECT 1 FROM reconsideration r WHERE r.process = i.process)
FROM case_key k JOIN instance i ON i.id = k.instance WHERE k.process = ? AND k.key = ?"""
_ENTITIES = """\
WITH RECURSIVE reached(type, key, far) AS (
  SELECT type, key, 1 FROM case_entity WHERE instance = ?
  UNION
  SELECT l.to_type, l.to_key, far + 1 FROM reached r
  JOIN entity_link l ON l.type = r.type AND l.key = r.key WHERE far < ?)
SELECT e.type, e.key, e.state, e.first_at, e.last_at, e.events, e.event, e.history
FROM (SELECT DISTINCT type, key FROM reached) r
JOIN entity e ON e.type = r.type AND e.key = r.key WHERE e.type IN ({types})"""
_decode_money = msgspec.json.Decoder(dict[str, list[Money]]).decode


class StandingCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as the worker left it; `state` is None where its row does not tell all of it."""

    id: str
    state: CaseState | None


def find_case(connection: Connection, process: str, key: str) -> StandingCase | None:
    """
    Return the case of *process* known by *key*; None where no event has come under it.

    A row has no amounts of several currencies, and while its process is reconsidered it may be
    older than the definitions in force.
    """
    text = _written(connection.dialect.name, _CASE)
    row = connection.connection.cursor().execute(text, (process, key)).fetchone()
    if row is None:
        return None
    id_, process, case_key, state, stage, started_at, amount, currency, *rest = row
    money, currencies, reconsidered = rest
    if reconsidered or currencies > 1:
        return StandingCase(id=id_, state=None)
    told = CaseState(
        id=id_,
        process=process,
        case_key=case_key,
        state=state,
        stage=stage,
        started_at=from_micros(started_at),
        amounts=(Money(amount=decimal(amount), currency=currency),) if currencies else (),
        money=_decode_money(money),
    )
    return StandingCase(id=id_, state=told)


def entities_in_sight(
    connection: Connection, instance: str, types: Collection[str], *, farthest: int
) -> list[Entity]:
    """Return those of *types* that *instance* names, or at most *farthest* links on."""
    text = _of_types(connection.dialect.name, len(types))
    rows = connection.connection.cursor().execute(text, (instance, farthest, *types)).fetchall()
    return [read_entity(row) for row in rows]


@lru_cache(maxsize=256)
def _of_types(dialect: str, count: int) -> str:
    types = ", ".join("?" * count) or "NULL"
    return _written(dialect, _ENTITIES.format(types=types))


def _written(dialect: str, statement: str) -> str:
    """Each driver has its own mark for what is given."""
    return statement.replace("?", "%s") if dialect == "postgresql" else statement
