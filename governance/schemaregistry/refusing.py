"""Refusals in the words of the Confluent protocol: a number that clients know, and a message."""

from rules.refusal import Refusal

SUBJECT_UNKNOWN = 40401
VERSION_UNKNOWN = 40402
SCHEMA_UNKNOWN = 40403
SUBJECT_SOFT_DELETED = 40404
SUBJECT_NOT_SOFT_DELETED = 40405
VERSION_SOFT_DELETED = 40406
VERSION_NOT_SOFT_DELETED = 40407
NO_LEVEL = 40408
NO_MODE = 40409
INCOMPATIBLE = 409
UNPROCESSABLE = 422
INVALID_SCHEMA = 42201
INVALID_VERSION = 42202
INVALID_LEVEL = 42203
INVALID_MODE = 42204
NOT_PERMITTED = 42205
REFERENCE_EXISTS = 42206
ID_MISMATCH = 42207
INVALID_SUBJECT = 42208
_LONGEST = 4_000


def refusal(code: int, message: str) -> Refusal:
    """Return the refusal *code*: its first three digits are the HTTP status."""
    return Refusal(
        type="schema-registry",
        status=int(str(code)[:3]),
        title="The schema registry refuses",
        detail=message[:_LONGEST],
        extra={"error_code": code},
    )


def subject_unknown(subject: str) -> Refusal:
    return refusal(SUBJECT_UNKNOWN, f"Subject '{subject}' not found.")


def version_unknown(version: int | str) -> Refusal:
    return refusal(VERSION_UNKNOWN, f"Version {version} not found.")


def schema_unknown() -> Refusal:
    return refusal(SCHEMA_UNKNOWN, "Schema not found")
