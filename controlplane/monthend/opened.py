"""
What is open of a month, and how it compares with what was open when it was signed off.

A line is unbilled approved time of a case, or an exception that blocks money. It is the same
line as long as its id is.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from governance.exception.at_risk import held
from governance.exception.distinct import StoredStake, distinct
from governance.exception.share import Whole
from rules.money import Money, total

Kind = Literal["unbilled", "blocker"]
UNBILLED: Kind = "unbilled"
BLOCKER: Kind = "blocker"
KINDS = (BLOCKER, UNBILLED)
BOUNDS = (30, 60, 90)
_DECEMBER = 12


class OpenLine(msgspec.Struct, frozen=True, kw_only=True):
    """
    `since` is when the time was approved, or the exception opened; `case` its instance's key.

    An exception holds up `line`, at most what its engagement has `remaining`; `whole` is the case
    that its own is part of, and `whole_left` what that has left to bill. What several of them
    hold up counts once in a sum.
    """

    id: str
    kind: Kind
    instance: str
    case: str
    title: str
    about: str
    owner: str | None
    since: datetime
    money: list[Money]
    line: str = ""
    process: str = ""
    engagement: str | None = None
    whole: str | None = None
    whole_left: Money | None = None
    remaining: Money | None = None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """
    A reconciliation as its last run left it for a legal entity's month: `broken` are breaks of
    lines of the entity, `unplaced` those of no case, which are nobody's or anybody's; both from
    before the month's end. `state` is `never_run` before the first run.
    """

    reconciliation: str
    title: str
    owner: str
    state: str
    broken: int
    unplaced: int = 0
    money: list[Money]
    ended_at: datetime | None


class OpenAge(msgspec.Struct, frozen=True, kw_only=True):
    """Unbilled lines that are more than `over` days old and at most `up_to`; null: any older."""

    over: int
    up_to: int | None
    lines: int
    money: list[Money]


class SignOff(msgspec.Struct, frozen=True, kw_only=True):
    """What was open at sign-off, never changed after that; `digest` is the SHA-256 of `lines`."""

    entity: str
    period: str
    signed_at: datetime
    signed_by: str
    comment: str
    digest: str
    lines: list[OpenLine]
    reconciliations: list[Checked]


class Cleared(msgspec.Struct, frozen=True, kw_only=True):
    """Of what was `open` at sign-off, what is cleared and what is still open."""

    open: int
    cleared: int
    still_open: int


class KindCleared(Cleared, frozen=True, kw_only=True):
    kind: Kind
    money_open: list[Money]
    money_still_open: list[Money]


class Outcome(Cleared, frozen=True, kw_only=True):
    """What became of it in all, and kind by kind: time may be held up and unbilled at once."""

    kinds: list[KindCleared]


def month_of(period: str) -> tuple[datetime, datetime]:
    """Return when the month `2026-10` begins and ends, in UTC."""
    begin = datetime.strptime(period, "%Y-%m").replace(tzinfo=UTC)
    if begin.month == _DECEMBER:
        return begin, begin.replace(year=begin.year + 1, month=1)
    return begin, begin.replace(month=begin.month + 1)


def digest_of(lines: Sequence[OpenLine]) -> str:
    return hashlib.sha256(msgspec.json.encode(lines)).hexdigest()


def outcome(signed: SignOff, now: Iterable[OpenLine]) -> Outcome:
    """Return what became of what was open when it was *signed*, of which *now* still is."""
    standing = {one.id: one for one in now}
    still = [standing[one.id] for one in signed.lines if one.id in standing]
    return Outcome(
        **_cleared(signed.lines, still),
        kinds=[
            KindCleared(
                kind=kind,
                **_cleared(was, left),
                money_open=money_of(was),
                money_still_open=money_of(left),
            )
            for kind in KINDS
            if (was := _of_kind(signed.lines, kind))
            for left in [_of_kind(still, kind)]
        ],
    )


def _of_kind(lines: Iterable[OpenLine], kind: Kind) -> list[OpenLine]:
    return [one for one in lines if one.kind == kind]


def _cleared(signed: Sequence[OpenLine], still: Sequence[OpenLine]) -> dict[str, int]:
    return {
        "open": len(signed),
        "cleared": len(signed) - len(still),
        "still_open": len(still),
    }


def ages(lines: Iterable[OpenLine], *, at: datetime) -> list[OpenAge]:
    """Return the *lines* by how many days they have been open."""
    aged = [((at.date() - one.since.date()).days, one) for one in lines]
    edges = [(0, BOUNDS[0]), *zip(BOUNDS, [*BOUNDS[1:], None], strict=True)]
    found = []
    for over, up_to in edges:
        those = [
            one
            for days, one in aged
            if (over == 0 or days > over) and (up_to is None or days <= up_to)
        ]
        found.append(OpenAge(over=over, up_to=up_to, lines=len(those), money=money_of(those)))
    return found


def money_of(lines: Iterable[OpenLine]) -> list[Money]:
    """Return one exact sum a currency; a line that several exceptions hold up counts once."""
    those = list(lines)
    unbilled = (amount for one in those if one.kind == UNBILLED for amount in one.money)
    wholes = {
        one.instance: Whole(instance=one.whole, left=one.whole_left) for one in those if one.whole
    }
    stakes = (_stake(one, amount) for one in those if one.kind == BLOCKER for amount in one.money)
    return total([*held(distinct(stakes, wholes), wholes).blocked, *unbilled])


def _stake(one: OpenLine, amount: Money) -> StoredStake:
    return StoredStake(
        id=one.id,
        process=one.process,
        instance=one.instance,
        engagement=one.engagement,
        line=one.line,
        type="",
        blocked=amount,
        exposure=None,
        delayed=None,
        remaining=one.remaining,
        delayed_since=None,
        resolved_at=None,
        changed_at=one.since,
    )
