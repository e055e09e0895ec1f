"""
Rollups as the worker keeps them: what a case contributed before is taken back, what it
contributes now is added, in the transaction of its events.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select

from observability.projection.chunk import among, chunked
from observability.rollup.contribution import Contribution, Kept
from observability.rollup.delta import Amount, AmountKey, Delta
from observability.rollup.measure import Measure
from observability.rollup.measures import measure_of
from observability.rollup.tables import case_rollup
from rules.money import add, canonical

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[str, list[Contribution]]).decode
_told = msgspec.msgpack.Decoder(list[Contribution]).decode
_apart = msgspec.msgpack.Decoder(dict[str, msgspec.Raw]).decode
_standing = select(case_rollup.c.instance, case_rollup.c.process, case_rollup.c.kept).where(
    among(case_rollup.c.instance)
)
_forget = delete(case_rollup).where(among(case_rollup.c.instance))
_KEEP = """\
INSERT INTO case_rollup (instance, process, kept) VALUES (?, ?, ?)
ON CONFLICT (instance) DO UPDATE SET process = excluded.process, kept = excluded.kept"""
_ADD = """\
INSERT INTO rollup (process, measure, day, "of", bucket, n, quantity) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (process, measure, day, "of", bucket)
DO UPDATE SET n = rollup.n + excluded.n, quantity = rollup.quantity + excluded.quantity"""
_CLEAN = "DELETE FROM rollup WHERE n = 0"
_SUM = """\
INSERT INTO rollup_amount (process, measure, day, "of", currency, n, total)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (process, measure, day, "of", currency)
DO UPDATE SET n = excluded.n, total = excluded.total"""
_DROP_SUM = """\
DELETE FROM rollup_amount
WHERE process = ? AND measure = ? AND day = ? AND "of" = ? AND currency = ?"""
_NAME = """\
INSERT INTO rollup_case (process, measure, at, "of", instance, currency, n, total)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (process, measure, at, "of", instance, currency)
DO UPDATE SET n = excluded.n, total = excluded.total"""
_UNNAME = """\
DELETE FROM rollup_case
WHERE process = ? AND measure = ? AND at = ? AND "of" = ? AND instance = ? AND currency = ?"""
_SUMS = """\
WITH wanted (process, measure, day, "of", currency) AS (VALUES {keys})
SELECT a.process, a.measure, a.day, a."of", a.currency, a.n, a.total
FROM wanted JOIN rollup_amount a
  ON a.process = wanted.process AND a.measure = wanted.measure AND a.day = wanted.day
  AND a."of" = wanted."of" AND a.currency = wanted.currency"""
_KEY = "(?, ?, ?, ?, ?)"


def keep(
    connection: Connection,
    cases: Mapping[str, tuple[str, Kept]],
    *,
    measures: Callable[[str], Measure | None] = measure_of,
) -> None:
    """Let each instance of *cases* contribute to its process what stands beside it."""
    delta, changed = Delta(measures), []
    standing = _kept(connection, cases)
    for instance, (process, now) in cases.items():
        written = {name: msgspec.Raw(_encode(told)) for name, told in now.items()}
        encoded = _encode(written)
        before = standing.get(instance)
        if before == (process, encoded):
            continue
        changed.append((instance, process, encoded))
        if before is None:
            delta.change(process, instance, {}, now)
        elif before[0] != process:
            delta.change(before[0], instance, _decode(before[1]), {})
            delta.change(process, instance, {}, now)
        else:
            stood = _apart(before[1])
            gone = {k: _told(told) for k, told in stood.items() if told != written.get(k)}
            told = {k: now[k] for k, told in written.items() if told != stood.get(k)}
            delta.change(process, instance, gone, told)
    _execute(connection, _KEEP, changed)
    apply(connection, delta)


def forget(connection: Connection, instances: Iterable[str]) -> None:
    """Take back what *instances* contributed: they are no more."""
    delta = Delta()
    for piece in chunked(instances):
        for instance, (process, encoded) in _kept(connection, piece).items():
            delta.change(process, instance, _decode(encoded), {})
        connection.execute(_forget, {"keys": piece})
    apply(connection, delta)


def _kept(connection: Connection, instances: Iterable[str]) -> dict[str, tuple[str, bytes]]:
    found: dict[str, tuple[str, bytes]] = {}
    for piece in chunked(instances):
        rows = connection.execute(_standing, {"keys": piece}).all()
        found.update({instance: (process, kept) for instance, process, kept in rows})
    return found


def apply(connection: Connection, delta: Delta) -> None:
    """Add what *delta* has gathered to the figures."""
    rows = [(*key, n, quantity) for key, (n, quantity) in delta.rows.items() if n or quantity]
    _execute(connection, _ADD, rows)
    if any(n < 0 for *_, n, _ in rows):
        connection.exec_driver_sql(_CLEAN)
    _apply_amounts(connection, {key: one for key, one in delta.amounts.items() if _moves(one)})
    named = [(*key, one.n, canonical(one.total)) for key, one in delta.named.items()]
    _execute(connection, _UNNAME, delta.unnamed)
    _execute(connection, _NAME, named)


def _apply_amounts(connection: Connection, moved: Mapping[AmountKey, Amount]) -> None:
    found = _standing_sums(connection, moved)
    gone: list[tuple[Any, ...]] = []
    kept: list[tuple[Any, ...]] = []
    for key, one in moved.items():
        n, total = found.get(key, (0, Decimal()))
        if n + one.n:
            kept.append((*key, n + one.n, canonical(add(total, one.total))))
        else:
            gone.append(key)
    _execute(connection, _DROP_SUM, gone)
    _execute(connection, _SUM, kept)


def _standing_sums(
    connection: Connection, keys: Iterable[AmountKey]
) -> dict[AmountKey, tuple[int, Decimal]]:
    """Return what *keys* come to; a join, for of a row with a number SQLite uses no whole index."""
    found: dict[AmountKey, tuple[int, Decimal]] = {}
    for piece in chunked(keys):
        asked = _SUMS.format(keys=", ".join([_KEY] * len(piece)))
        rows = connection.exec_driver_sql(
            _written(connection.dialect.name, asked), tuple(chain.from_iterable(piece))
        )
        for process, measure, day, of, currency, n, total in rows:
            found[process, measure, day, of, currency] = (n, Decimal(total))
    return found


def _moves(one: Amount) -> bool:
    return bool(one.n or one.total)


def _execute(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(_written(connection.dialect.name, statement), list(rows))


@lru_cache(maxsize=64)
def _written(dialect: str, statement: str) -> str:
    """Each driver has its own mark for what is given."""
    return statement.replace("?", "%s") if dialect == "postgresql" else statement
