"""Query parameters that many lists share, and the shape of a list."""

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from controlplane.api.problem import invalid
from observability.page import LARGEST, LIMIT
from rules.instant import InstantError, parse_instant

DEFAULT_LIMIT = LIMIT
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST, description="Most items of a page.")]
Cursor = Annotated[str | None, QueryParameter(description="`next_cursor` of the page before.")]
AsOf = Annotated[
    str | None, QueryParameter(description="Instant at which clocks are read; now by default.")
]
Exact = Annotated[
    bool,
    QueryParameter(description="Read every duration where there are too many to do so each time."),
]
_T = TypeVar("_T")


class Items(msgspec.Struct, Generic[_T], frozen=True, kw_only=True):
    """A list, whole or a page of it; `next_cursor` is null on the last page."""

    items: list[_T]
    next_cursor: str | None = None


def instant_of(text: str | None, name: str = "as_of") -> datetime:
    """Return the instant that *text* names, now when there is none; 400 when it is malformed."""
    if text is None:
        return datetime.now(UTC)
    try:
        return parse_instant(text)
    except InstantError as error:
        raise invalid(f"/{name}", f"{error}.", status=400) from error


def instant_given(text: str | None, name: str) -> datetime | None:
    """Return the instant that *text* names, None when there is none; 400 when it is malformed."""
    return None if text is None else instant_of(text, name)
