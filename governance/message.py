"""
A message says what happened to a group of exceptions, what it costs and where to look.

Every line ends in the permalink `/x/{exception}`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import msgspec

from governance.exception.at_risk import COST_OF_CAPITAL, AtRisk, at_risk, blocked_by, worth_of
from governance.exception.process_exception import ProcessException
from governance.grouping import STANDS, Event, Notice
from rules.money import Money

TOP = 10
MESSAGE_TYPE = "exceptions.changed"


class MessageLine(msgspec.Struct, frozen=True, kw_only=True):
    exception: str
    event: Event
    title: str
    reason: str
    severity: str
    case: str
    case_title: str
    owner: str | None
    blocked: Money | None
    exposure: Money | None
    link: str
    delayed: Money | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """`money` is over what stands; `lines` are the largest, `more` how many are not shown."""

    receiver: str
    labels: dict[str, str]
    opened: int
    ended: int
    money: AtRisk
    lines: list[MessageLine]
    more: int

    @property
    def subject(self) -> str:
        """`3 exceptions · EUR 48,200.00 blocked · finance, quote-to-cash`."""
        counts = [
            f"{number} exception{'' if number == 1 else 's'}{ended}"
            for number, ended in ((self.opened, ""), (self.ended, " resolved"))
            if number
        ]
        figures = [f"{one} blocked" for one in self.money.blocked]
        figures += [f"{one} exposed" for one in self.money.exposure]
        about = ", ".join(value for value in self.labels.values() if value)
        return " · ".join(part for part in (", ".join(counts), *figures, about) if part)


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent: the same bytes at every attempt (https://www.standardwebhooks.com)."""

    type: str
    timestamp: datetime
    data: Message


def compose(  # noqa: PLR0913 - whom it is for, what it is about and where it leads
    notices: Iterable[Notice],
    exceptions: Mapping[str, ProcessException],
    *,
    receiver: str,
    labels: dict[str, str],
    base_url: str,
    at: datetime,
    cost_of_capital: Decimal = COST_OF_CAPITAL,
) -> Sealed | None:
    """Return the message about *notices*; None when nothing of them is left to tell."""
    told = [(one, exceptions[one.exception]) for one in notices if one.exception in exceptions]
    if not told:
        return None
    standing = [exception for notice, exception in told if notice.event in STANDS]
    ranked = sorted(told, key=lambda pair: _rank(*pair))
    message = Message(
        receiver=receiver,
        labels=labels,
        opened=len(standing),
        ended=len(told) - len(standing),
        money=at_risk(standing, at=at, cost_of_capital=cost_of_capital),
        lines=[_line(*pair, base_url.rstrip("/")) for pair in ranked[:TOP]],
        more=max(len(ranked) - TOP, 0),
    )
    return Sealed(type=MESSAGE_TYPE, timestamp=at, data=message)


def _rank(notice: Notice, exception: ProcessException) -> tuple[bool, str, Decimal, str]:
    """What stands before what ended; a currency at a time, the largest amount first."""
    held = worth_of(exception)
    currency, amount = (held.currency, held.amount) if held else ("~", Decimal(0))
    return (notice.event not in STANDS, currency, -amount, exception.id)


def _line(notice: Notice, exception: ProcessException, base_url: str) -> MessageLine:
    return MessageLine(
        exception=exception.id,
        event=notice.event,
        title=exception.title,
        reason=exception.reason,
        severity=exception.severity,
        case=exception.case_key,
        case_title=exception.case_title,
        owner=exception.owner,
        blocked=blocked_by(exception),
        exposure=exception.exposure,
        delayed=exception.delayed,
        link=f"{base_url}/x/{exception.id}",
    )
