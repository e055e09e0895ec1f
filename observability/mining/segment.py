"""A segment is a group of cases of one process: by when they began, by what they are."""

from datetime import datetime

import msgspec


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """
    Cases that began in [since, until), and whose field `attribute` equals `value`; the variant
    is one of their process. What is None does not matter.
    """

    since: datetime | None = None
    until: datetime | None = None
    attribute: str | None = None
    value: str | None = None
    variant: str | None = None


EVERYTHING = Segment()
