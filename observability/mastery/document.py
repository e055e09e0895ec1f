"""
Of one type of entity: the one system that may change each attribute.

It is a governed document. Attributes that it does not name may be told by anybody.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from rules.document import DocumentError, convert, read_yaml

KIND = "system-of-record"
MOST = 500
_KEBAB = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_ENTITY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_LONGEST = 200


class Mastery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`attributes` lead to the system that is the record of each; `owner` hears of others."""

    attributes: Mapping[str, str]
    entity: str = ""
    version: str = ""
    owner: str = ""
    title: str = ""


def read_mastery(text: str | bytes) -> Mastery:
    """Return the systems of record of a YAML *text*; raise `DocumentError` with its line."""
    data, positions = read_yaml(text)
    mastery = convert(data, Mastery, positions)
    for pointer, message in _faults(mastery):
        line, column = positions.get(pointer, (0, 0))
        raise DocumentError(message, line=line, column=column, pointer=pointer)
    return mastery


def _faults(mastery: Mastery) -> Iterator[tuple[str, str]]:
    if mastery.entity and not _ENTITY.fullmatch(mastery.entity):
        yield "/entity", f"{mastery.entity!r} is no type of entity such as customer"
    if mastery.version and not _VERSION.fullmatch(mastery.version):
        yield "/version", f"{mastery.version!r} is no version such as 1.0.0"
    if mastery.owner and not _KEBAB.fullmatch(mastery.owner):
        yield "/owner", f"{mastery.owner!r} is no team such as sales"
    if not 0 < len(mastery.attributes) <= MOST:
        yield "/attributes", f"name 1 to {MOST} attributes, each with its system"
    for attribute, system in mastery.attributes.items():
        at = f"/attributes/{attribute}"
        if not 0 < len(attribute) <= _LONGEST or "/" in attribute:
            yield at, "an attribute is a field of the entity such as hourly_rate"
        if not _KEBAB.fullmatch(system):
            yield at, f"{system!r} is no system such as crm"
