"""An incident is one cause and the exceptions that come of it, whichever cases they hit."""

import base64
from collections.abc import Mapping

import msgspec

from rules.decision import fingerprint

_PART = 7


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """
    What its members share; it stands while `at_least` cases are hit by it.

    `labels` are what the cause groups by, with the value that all members have.
    """

    id: str
    cause: str
    title: str
    labels: dict[str, str]
    at_least: int


def incident_id(cause: str, shared: Mapping[str, str]) -> str:
    """Return `IN-` and 70 bits of what names the incident, as an exception's id is written."""
    parts = [part for pair in sorted(shared.items()) for part in pair]
    letters = base64.b32encode(bytes.fromhex(fingerprint("incident", cause, *parts))).decode()
    return f"IN-{letters[:_PART]}-{letters[_PART : 2 * _PART]}"
