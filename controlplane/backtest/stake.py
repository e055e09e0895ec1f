"""What is at stake in an exception: the few members that money at risk is worked out from."""

from datetime import datetime

import msgspec

from governance.exception.process_exception import ProcessException
from rules.money import Money


class Stake(msgspec.Struct, frozen=True, kw_only=True):
    """`rule` and `owner` say whose it is; the rest is what `at_risk` reads."""

    id: str
    process: str
    instance: str
    ruleset: str
    rule: str
    owner: str | None
    engagement: str | None
    line: str
    type: str
    blocked: Money | None
    exposure: Money | None
    delayed: Money | None
    remaining: Money | None
    delayed_since: datetime | None
    resolved_at: datetime | None
    changed_at: datetime


def stake_of(one: ProcessException) -> Stake:
    return Stake(**{name: getattr(one, name) for name in Stake.__struct_fields__})


def held_until(stake: Stake, until: datetime, *, at: datetime) -> Stake:
    """Return *stake* so that money waits as long *at* as it did when it ended *until* then."""
    if stake.delayed_since is None:
        return stake
    return msgspec.structs.replace(stake, delayed_since=stake.delayed_since + (at - until))
