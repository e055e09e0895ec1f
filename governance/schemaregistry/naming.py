"""
Names of subjects: any text, in a context, and beside it the name of the contract.

`:.ctx:orders-value` stands in the context `.ctx`; without a context a name stands in `.`.
"""

import hashlib
import re

DEFAULT = "."
_QUALIFIED = re.compile(r":(?P<context>\.[^:]*):(?P<name>.*)\Z", re.DOTALL)
_OURS = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*\Z")
_MAJOR_SUFFIX = re.compile(r"\.v\d+\Z")
_FOREIGN = re.compile(r"[^a-z0-9]+")
_LONGEST_OURS = 200
_LONGEST_STEM = 120
LONGEST = 1_000


def split(subject: str) -> tuple[str, str]:
    """Return the context and the name in it."""
    found = _QUALIFIED.match(subject)
    return (found["context"], found["name"]) if found else (DEFAULT, subject)


def qualified(context: str, name: str) -> str:
    return name if context == DEFAULT else f":{context}:{name}"


def plain(subject: str, context: str = DEFAULT) -> str:
    """Return *subject* as it is stored: one without a context stands in *context*."""
    return qualified(*split(subject)) if _QUALIFIED.match(subject) else qualified(context, subject)


def scope(context: str) -> str:
    """Return under which name the settings of a whole *context* stand."""
    return f":{context}:"


def contract_names(subject: str, type_: str) -> tuple[str, str]:
    """
    Return what the contract of *subject* may be called, the better name first.

    A name that our grammar allows is kept; else a digest of the exact name tells
    `Orders-value` from `orders-value`.
    """
    fits = len(subject) <= _LONGEST_OURS and _OURS.match(subject)
    stem = _FOREIGN.sub("-", subject.lower())[:_LONGEST_STEM].strip("-") or "subject"
    apart = hashlib.sha256(f"{type_} {subject}".encode()).hexdigest()[:12]
    hashed = f"{stem}-{apart}"
    return (subject if fits and not _MAJOR_SUFFIX.search(subject) else hashed), hashed
