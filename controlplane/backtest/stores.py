"""Backtests as they stand in the database."""

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from controlplane.backtest.asked import Asked, Backtest, Tried
from controlplane.backtest.finding import Finding
from controlplane.backtest.refused import Trial
from controlplane.tables import backtest
from rules.instant import from_micros, optional_instant, optional_micros, to_micros

RUNNING = "running"
RULES, CONTRACT = "rules", "contract"


def add(connection: Connection, one: Backtest) -> None:
    connection.execute(insert(backtest).values(_row(one)))


def save(connection: Connection, one: Backtest) -> None:
    """Keep how the backtest ended."""
    connection.execute(update(backtest).where(backtest.c.id == one.id).values(_row(one)))


def get(connection: Connection, id_: str) -> Backtest | None:
    row = connection.execute(select(backtest).where(backtest.c.id == id_)).one_or_none()
    return None if row is None else _read(row)


def is_over(connection: Connection, id_: str) -> bool:
    found = connection.execute(select(backtest.c.status).where(backtest.c.id == id_)).scalar()
    return found is not None and found != RUNNING


def newest(
    connection: Connection, kind: str, *, about: str | None = None, limit: int
) -> list[Backtest]:
    """Return the latest backtests of *kind*, the newest first."""
    query = select(backtest).where(backtest.c.kind == kind)
    if about is not None:
        query = query.where(backtest.c.about == about)
    ordered = query.order_by(backtest.c.asked_at.desc(), backtest.c.id).limit(limit)
    return [_read(row) for row in connection.execute(ordered)]


def _row(one: Backtest) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": CONTRACT if isinstance(one.asked, Tried) else RULES,
        "about": one.asked.subject if isinstance(one.asked, Tried) else one.asked.ruleset,
        "asked": msgspec.json.encode(one.asked).decode(),
        "asked_by": one.asked_by,
        "asked_at": to_micros(one.asked_at),
        "status": one.status,
        "ended_at": optional_micros(one.ended_at),
        "because": one.because,
        "finding": None if one.finding is None else msgspec.json.encode(one.finding).decode(),
    }


def _read(row: Row[tuple[object, ...]]) -> Backtest:
    found: type[Finding | Trial] = Trial if row.kind == CONTRACT else Finding
    return Backtest(
        id=row.id,
        asked=msgspec.json.decode(row.asked, type=Asked | Tried),
        asked_by=row.asked_by,
        asked_at=from_micros(row.asked_at),
        status=row.status,
        ended_at=optional_instant(row.ended_at),
        because=row.because,
        finding=None if row.finding is None else msgspec.json.decode(row.finding, type=found),
    )
