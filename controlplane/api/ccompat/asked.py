"""What a client of the protocol asks: segments of the path, the query, the body."""

from typing import Any

import msgspec

from controlplane.api.problem import ProblemError
from controlplane.api.wiring import WebRequest
from controlplane.runtime import Runtime
from governance.schemaregistry.naming import LONGEST, plain
from governance.schemaregistry.refusing import (
    INVALID_SCHEMA,
    INVALID_SUBJECT,
    INVALID_VERSION,
    refusal,
)
from rules.refusal import Refusal

HIGHEST = 2**31 - 1
_TRUE = frozenset({"true", "1"})


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    runtime: Runtime
    request: WebRequest
    context: str
    content: bytes = b""

    def subject(self, name: str) -> str:
        """Return *name* as it is stored; raises 42208 where none can be called so."""
        if not name.strip() or len(name) > LONGEST or "\x00" in name:
            raise ProblemError(
                refusal(INVALID_SUBJECT, f"The specified subject '{name[:80]}' is not a valid.")
            )
        return plain(name, self.context)

    def flag(self, name: str) -> bool:
        """Say whether `someName` is true; clients write `some_name` too."""
        snake = "".join(f"_{one.lower()}" if one.isupper() else one for one in name)
        return (self.text(name) or self.text(snake)).lower() in _TRUE

    def text(self, name: str) -> str:
        return str(self.request.query_params.get(name, ""))

    def number(self, name: str, default: int) -> int:
        text = self.text(name)
        try:
            return int(text[:12]) if text else default
        except ValueError:
            return default

    def page(self, items: list[Any]) -> list[Any]:
        """Return the part of *items* that `offset` and `limit` name."""
        offset, limit = max(self.number("offset", 0), 0), self.number("limit", -1)
        return items[offset:] if limit < 0 else items[offset : offset + limit]

    def body(self) -> dict[str, Any]:
        try:
            found = msgspec.json.decode(self.content)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ProblemError(refusal(INVALID_SCHEMA, "The body is not a JSON object"))
        return found


def version_of(text: str) -> int | None:
    """Return the number of a version, None for the latest; raises 42202."""
    if text in {"latest", "-1"}:
        return None
    if text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= HIGHEST:
        return int(text)
    message = (
        f"The specified version '{text[:80]}' is not a valid version id. Allowed values are "
        'between [1, 2^31-1] and the string "latest"'
    )
    raise ProblemError(refusal(INVALID_VERSION, message))


def answered(value: Any) -> Any:
    """Return *value*; raises it where it is a refusal."""
    if isinstance(value, Refusal):
        raise ProblemError(value)
    return value
