"""`If-Match` and `If-None-Match` travel with the command, to be held against what it meets."""

from typing import Any

from litestar import Request


def expected(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Return what the editor expects, as a command's body carries it."""
    found: dict[str, Any] = {}
    wanted = request.headers.get("if-match")
    if wanted is not None:
        found["if_match"] = [one.strip() for one in wanted.split(",")]
    if request.headers.get("if-none-match") == "*":
        found["if_none_match"] = True
    return found
