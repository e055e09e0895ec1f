from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ui.records import Clock, Happening, Money, Stage

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def start() -> datetime:
    return START


@pytest.fixture
def gbp() -> Callable[[str], Money]:
    return lambda amount: Money(amount=Decimal(amount), currency="GBP")


@pytest.fixture
def stage() -> Callable[..., Stage]:
    def build(name: str = "bill", **given: object) -> Stage:
        return Stage(**{"stage": name, "title": name.capitalize(), "reached": 10, **given})

    return build


@pytest.fixture
def event() -> Callable[..., Happening]:
    def build(activity: str, hours: float, **given: object) -> Happening:
        at = START + timedelta(hours=hours)
        return Happening(**{"kind": "event", "activity": activity, "at": at, **given})

    return build


@pytest.fixture
def clock() -> Callable[..., Clock]:
    def build(begun: float, due: float, met: float | None = None, **given: object) -> Clock:
        late = met is not None and met > due
        state = "late" if late else "met" if met is not None else "running"
        described = {
            "sla": "approved-to-invoiced",
            "state": state,
            "started_at": START + timedelta(hours=begun),
            "due_at": START + timedelta(hours=due),
            "target_at": None if met is None else START + timedelta(hours=met),
            "ends": ("invoice-issued",),
        }
        return Clock(**{**described, **given})

    return build
