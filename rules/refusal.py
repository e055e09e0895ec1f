"""A refusal is a value with a reason: what was asked for is not done, and this is why."""

from typing import Any

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong, and where: `pointer` is a JSON Pointer into the request's body."""

    pointer: str
    detail: str
    line: int = 0
    column: int = 0


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """
    `type` is a stable slug, `status` the HTTP status it maps to, `detail` says what to do.

    `extra` holds members beside the standard ones (findings, missing approvals…).
    """

    type: str
    status: int
    title: str
    detail: str
    errors: tuple[Problem, ...] = ()
    extra: dict[str, Any] = {}
