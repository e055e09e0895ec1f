"""A length of time as a person says it: business time on a calendar, or plain time."""

from datetime import timedelta
from decimal import Decimal

import msgspec

_SECONDS = {"business_hours": 3600, "hours": 3600, "minutes": 60}


class Length(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exactly one is given."""

    business_hours: Decimal | None = None
    business_days: int | None = None
    hours: Decimal | None = None
    minutes: Decimal | None = None

    @property
    def given(self) -> dict[str, Decimal | int]:
        return {n: value for n, value in msgspec.structs.asdict(self).items() if value is not None}

    @property
    def on_calendar(self) -> bool:
        return self.business_hours is not None or self.business_days is not None

    @property
    def duration(self) -> timedelta:
        """Its hours and minutes; of business days a calendar says how long they are."""
        seconds = sum(_SECONDS.get(name, 0) * value for name, value in self.given.items())
        return timedelta(microseconds=int(seconds * 1_000_000))

    @property
    def label(self) -> str:
        """`5 business days`."""
        name, value = next(iter(self.given.items()))
        words = name.replace("_", " ")
        return f"{value} {words[:-1] if value == 1 else words}"
