"""A secret is named where it is used and read at the moment of use: `env:NAME`, `file:/path`."""

import os
from pathlib import Path

MAX_BYTES = 8_192


class SecretError(LookupError):
    """A reference that leads to no secret; the message names the reference, never a value."""


def read_secret(reference: str) -> str:
    """Return what *reference* leads to, without surrounding white space."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = os.environ.get(name, "")
    elif kind == "file":
        value = _read_file(name, reference)
    else:
        raise SecretError("a secret is named as env:NAME or file:/path")
    if not value.strip():
        raise SecretError(f"{reference} is not set")
    return value.strip()


def _read_file(path: str, reference: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as opened:
            return opened.read(MAX_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"{reference} cannot be read") from error
