"""Regular expressions, on a linear-time engine."""

import re
from functools import lru_cache

import re2

from governance.contract.artifact import Json

_END = re.compile(r"\$|\\[zZbB]")
_LONGEST = 10_000


def matches(pattern: str, name: str) -> bool | None:
    """Whether *pattern* is found in *name*; None when it cannot be run."""
    compiled = _compiled(pattern)
    return None if compiled is None else bool(compiled.search(name))


def matches_everything(pattern: Json) -> bool:
    """Whether nothing can fail *pattern*: it is content with nothing, and asks for no end."""
    if not isinstance(pattern, str) or _END.search(pattern):
        return False
    compiled = _compiled(pattern)
    return compiled is not None and compiled.match("") is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> "re2._Regexp[str] | None":
    if len(pattern) > _LONGEST:
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None
