"""What is at stake in exceptions, without all the rest that a row says."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row

from governance.exception.distinct import StoredStake
from governance.exception.share import Whole
from governance.tables import process_exception
from rules.instant import from_micros, optional_instant
from rules.money import optional_money

_KEPT = process_exception.c
STAKE: tuple[ColumnElement[Any], ...] = (
    _KEPT.id,
    _KEPT.process,
    _KEPT.instance,
    _KEPT.engagement,
    _KEPT.line,
    _KEPT.type,
    _KEPT.blocked,
    _KEPT.remaining,
    _KEPT.currency,
    _KEPT.exposure,
    _KEPT.exposure_currency,
    _KEPT.delayed,
    _KEPT.delayed_currency,
    _KEPT.delayed_since,
    _KEPT.resolved_at,
    _KEPT.changed_at,
)


Wholes = Callable[[Connection, Iterable[str]], Mapping[str, Whole]]
"""Tells of which case each of some cases is a part."""


def no_wholes(_connection: Connection, _instances: Iterable[str]) -> Mapping[str, Whole]:
    """No case is part of another."""
    return {}


def read_stake(row: Row[Any]) -> StoredStake:
    """Return the stake in a row of `STAKE`: one of many, and told by place for that."""
    stake = row[: len(STAKE)]
    id_, process, instance, engagement, line, type_, blocked, remaining, currency, *late = stake
    exposure, exposed_in, delayed, delayed_in, delayed_since, resolved_at, changed_at = late
    return StoredStake(
        id=id_,
        process=process,
        instance=instance,
        engagement=engagement,
        line=line,
        type=type_,
        blocked=optional_money(blocked, currency),
        exposure=optional_money(exposure, exposed_in),
        delayed=optional_money(delayed, delayed_in),
        remaining=optional_money(remaining, currency),
        delayed_since=optional_instant(delayed_since),
        resolved_at=optional_instant(resolved_at),
        changed_at=from_micros(changed_at),
    )
