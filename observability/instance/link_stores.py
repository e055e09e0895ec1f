"""Cases that are parts of a case or were spawned by it, and those that it is part of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, and_, select

from observability.tables import case_key, case_link, instance
from rules.instant import from_micros, optional_instant
from rules.money import Money, optional_money, total

Relation = Literal["part-of", "spawned-by", "parts", "spawned"]
LISTED = 50
_PARTS = """\
SELECT l.instance, k.instance
FROM case_link l JOIN case_key k ON k.process = l.process AND k."key" = l."key"
WHERE l.kind = 'part' AND l.instance """
_AMONG = {"sqlite": "IN (SELECT value FROM json_each(?))", "postgresql": "= ANY(%s)"}
_UP: dict[str, Relation] = {"part": "part-of", "spawned": "spawned-by"}
_DOWN: dict[str, Relation] = {"part": "parts", "spawned": "spawned"}


class LinkedCase(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    case: str
    title: str
    state: str
    stage: str | None
    waits_for: str | None
    waiting_since: datetime | None
    last_at: datetime
    amount: Money | None


class LinkedCases(msgspec.Struct, frozen=True, kw_only=True):
    """
    The cases of one process that are linked in one way.

    `amounts` and the counts are of all, `items` the 50 last touched.
    """

    process: str
    relation: Relation
    cases: int
    states: dict[str, int]
    amounts: list[Money]
    items: list[LinkedCase]


def linked(connection: Connection, id_: str) -> list[LinkedCases]:
    """Return what the case is linked to: first what it is part of, then its parts."""
    up = (
        select(case_link.c.kind, instance)
        .join(
            case_key,
            and_(case_key.c.process == case_link.c.process, case_key.c.key == case_link.c.key),
        )
        .join(instance, instance.c.id == case_key.c.instance)
        .where(case_link.c.instance == id_)
    )
    down = (
        select(case_link.c.kind, instance)
        .join(
            case_key,
            and_(case_key.c.process == case_link.c.process, case_key.c.key == case_link.c.key),
        )
        .join(instance, instance.c.id == case_link.c.instance)
        .where(case_key.c.instance == id_)
    )
    found: list[LinkedCases] = []
    for query, relations in ((up, _UP), (down, _DOWN)):
        groups: dict[tuple[str, Relation], dict[str, Row[Any]]] = defaultdict(dict)
        for row in connection.execute(query):
            groups[row.process, relations[row.kind]][row.id] = row
        found += [_linked(*name, list(rows.values())) for name, rows in sorted(groups.items())]
    return found


def wholes_of(connection: Connection, instances: Iterable[str]) -> dict[str, str]:
    """Return the outermost case that each of *instances* is part of; none for what is no part."""
    up: dict[str, str] = {}
    asked = set(instances)
    while asked := asked - up.keys():
        found: dict[str, str] = {}
        for part, whole in _parts(connection, sorted(asked)):
            found[part] = min(whole, found.get(part, whole))
        up |= found
        asked = set(found.values())
        if not found:
            break
    return {one: _outermost(one, up) for one in up}


def _parts(connection: Connection, instances: list[str]) -> Iterable[Any]:
    """Return (part, whole); thousands are asked for at once, as one value."""
    embedded = connection.dialect.name == "sqlite"
    asked = msgspec.json.encode(instances).decode() if embedded else instances
    return connection.exec_driver_sql(_PARTS + _AMONG[connection.dialect.name], (asked,)).all()


def _outermost(one: str, up: Mapping[str, str]) -> str:
    seen = {one}
    while one in up and up[one] not in seen:
        one = up[one]
        seen.add(one)
    return one


def _linked(process: str, relation: Relation, rows: list[Row[Any]]) -> LinkedCases:
    states: dict[str, int] = defaultdict(int)
    for row in rows:
        states[row.state] += 1
    last = sorted(rows, key=lambda row: (-row.last_at, row.id))[:LISTED]
    return LinkedCases(
        process=process,
        relation=relation,
        cases=len(rows),
        states=dict(sorted(states.items())),
        amounts=total(
            one for row in rows if (one := optional_money(row.amount, row.currency)) is not None
        ),
        items=[_case(row) for row in last],
    )


def _case(row: Row[Any]) -> LinkedCase:
    return LinkedCase(
        id=row.id,
        case=row.case_key,
        title=row.title,
        state=row.state,
        stage=row.stage,
        waits_for=row.waits_for,
        waiting_since=optional_instant(row.waiting_since),
        last_at=from_micros(row.last_at),
        amount=optional_money(row.amount, row.currency),
    )
