"""
A version that is deprecated says so wherever it is served, and to whoever sends its events.

`Deprecation` as RFC 9745 writes it, `Sunset` as RFC 8594, `successor-version` as RFC 5829.
"""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from governance.contract.catalogue import Version
from governance.contract.published import PublishedVersion


def farewell(versions: Sequence[Version | PublishedVersion], url: str) -> dict[str, str]:
    """Return the headers that say that *versions* end: the earliest of each time."""
    since = [one.deprecated_at for one in versions if one.deprecated_at is not None]
    until = [one.sunset_at for one in versions if one.sunset_at is not None]
    heirs = [f'{_place(one, url)}; rel="successor-version"' for one in versions if one.successor]
    headers = {"deprecation": f"@{int(min(since).timestamp())}"} if since else {}
    if until:
        headers["sunset"] = _http_date(min(until))
    if heirs:
        headers["link"] = ", ".join(heirs)
    return headers


def _place(one: Version | PublishedVersion, url: str) -> str:
    return f"<{url}/v1/contracts/{quote(one.subject)}/versions/{quote(one.successor or '')}>"


def _http_date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)
