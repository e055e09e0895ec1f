"""
ETags of documents that can be edited: whoever edits names what they have seen.

`If-Match` that no longer holds is 412; nothing is overwritten that the editor did not read.
"""

from typing import Any

from litestar import Request

from controlplane.api.problem import ProblemError
from rules.refusal import Refusal


def etag(*parts: object) -> str:
    """Return a strong entity tag of *parts*."""
    return '"' + "-".join(str(part) for part in parts) + '"'


def require_match(request: Request[Any, Any, Any], current: str | None) -> None:
    """Raise 412 unless `If-Match` (or `If-None-Match: *`) holds for the entity tag *current*."""
    wanted = request.headers.get("if-match")
    if wanted is not None and not _named(wanted, current):
        raise _failed(f"The document stands at {current or 'nothing'}; read it again, then edit.")
    if request.headers.get("if-none-match") == "*" and current is not None:
        raise _failed("The document exists already.")


def _named(wanted: str, current: str | None) -> bool:
    tags = {one.strip().removeprefix("W/") for one in wanted.split(",")}
    return current is not None and ("*" in tags or current in tags)


def _failed(detail: str) -> ProblemError:
    return ProblemError(
        Refusal(
            type="precondition-failed",
            status=412,
            title="The document is not what was expected",
            detail=detail,
        )
    )
