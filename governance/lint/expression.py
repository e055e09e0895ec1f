"""Patterns of rule files, on an engine whose time is linear in the text."""

import re
from functools import lru_cache

import re2

_WRITTEN = re.compile(r"/(?P<body>.+)/(?P<flags>[a-z]*)\Z", re.DOTALL)
_LONGEST = 2_000
_MEMORY = 1_000_000


class ExpressionError(ValueError):
    """A path, condition or pattern that cannot be read; the message says what to write."""


@lru_cache(maxsize=1024)
def regular(text: str) -> "re2._Regexp[str]":
    """Return `/…/i` or a bare pattern, compiled; raise `ExpressionError`."""
    found = _WRITTEN.match(text)
    body, flags = (found["body"], found["flags"]) if found else (text, "")
    if len(body) > _LONGEST:
        raise ExpressionError(f"a pattern of more than {_LONGEST:,} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    options.case_sensitive = "i" not in flags
    options.dot_nl = "s" in flags
    try:
        return re2.compile(body.replace("\\/", "/"), options)
    except re2.error as error:
        raise ExpressionError(
            f"the pattern {text[:80]!r} cannot be used: {error}; "
            "look-around and back-references are not allowed"
        ) from error
