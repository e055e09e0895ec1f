"""What holds of money at risk whatever the exceptions are."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.exception.at_risk import at_risk
from rules.money import Money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
REMAINING = {"E-1": Decimal(70), "E-2": Decimal(0), "E-3": None}
amounts = st.decimals(0, 100, places=2)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    engagement: str
    line: str
    process: str = "quote-to-cash"
    instance: str = "i-1"
    type: str = "RATE_MISSING"
    blocked: Money | None = None
    exposure: Money | None = None
    delayed: Money | None = None
    remaining: Money | None = None
    delayed_since: datetime | None = None
    resolved_at: datetime | None = None
    changed_at: datetime = NOON


def euros(amount: Decimal) -> Money:
    return Money(amount=amount, currency="EUR")


@st.composite
def waiting(draw: st.DrawFn) -> Waiting:
    engagement = draw(st.sampled_from(sorted(REMAINING)))
    left = REMAINING[engagement]
    blocked = draw(st.none() | amounts.map(euros))
    return Waiting(
        id=draw(st.uuids()).hex,
        engagement=engagement,
        line=draw(st.sampled_from(["TS-1", "TS-2", "TS-3"])),
        blocked=blocked,
        exposure=draw(st.none() | amounts.map(euros)),
        delayed=draw(st.none() | amounts.map(euros)),
        remaining=euros(left) if left is not None and blocked else None,
        delayed_since=draw(st.none() | st.just(NOON - timedelta(days=30))),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(waiting(), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_exceptions_does_not_matter(held: list[Waiting], random: Random):
    shuffled = list(held)
    random.shuffle(shuffled)
    assert at_risk(shuffled, at=NOON) == at_risk(held, at=NOON)


@settings(max_examples=60, deadline=None)
@given(st.lists(waiting(), max_size=12))
def test_telling_everything_twice_makes_nothing_larger(held: list[Waiting]):
    assert at_risk([*held, *held], at=NOON) == at_risk(held, at=NOON)


@settings(max_examples=60, deadline=None)
@given(st.lists(waiting(), max_size=12))
def test_an_engagement_never_blocks_more_than_it_has_left_nor_than_its_lines(held: list[Waiting]):
    for engagement, left in REMAINING.items():
        those = [one for one in held if one.engagement == engagement]
        blocked = sum((one.amount for one in at_risk(those, at=NOON).blocked), Decimal(0))
        assert blocked <= sum((o.blocked.amount for o in those if o.blocked), Decimal(0))
        assert left is None or blocked <= left


@settings(max_examples=60, deadline=None)
@given(st.lists(waiting(), max_size=12))
def test_nothing_is_lost_between_blocked_and_exposed(held: list[Waiting]):
    """What does not fit into an engagement any more is exposure, to the cent."""
    bare = [msgspec.structs.replace(one, exposure=None) for one in held]
    figures = at_risk(bare, at=NOON)
    lines: dict[tuple[str, str], Decimal] = {}
    for one in bare:
        if one.blocked:
            key = (one.engagement, one.line)
            lines[key] = max(lines.get(key, Decimal(0)), one.blocked.amount)
    told = sum((one.amount for one in [*figures.blocked, *figures.exposure]), Decimal(0))
    assert told == sum(lines.values(), Decimal(0))
