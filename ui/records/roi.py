"""What became better since a chosen date."""

from datetime import datetime
from decimal import Decimal

import msgspec


class RoiSide(msgspec.Struct, frozen=True, kw_only=True):
    since: str = ""
    until: str = ""
    value: Decimal | None = None
    sample: int = 0
    because: str | None = None


class RoiFigure(msgspec.Struct, frozen=True, kw_only=True):
    figure: str = ""
    title: str = ""
    unit: str | None = None
    currency: str | None = None
    better: str = ""
    before: RoiSide = RoiSide()
    after: RoiSide = RoiSide()
    change: Decimal | None = None
    better_by: Decimal | None = None
    enough: bool = False


class Roi(msgspec.Struct, frozen=True, kw_only=True):
    split: str = ""
    days: int = 0
    as_of: datetime | None = None
    items: tuple[RoiFigure, ...] = ()
