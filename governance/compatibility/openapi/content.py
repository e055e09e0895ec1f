"""Media types of a body: which are offered, and the schema of each."""

import msgspec

from governance.compatibility.openapi.document import Document, Placed, mapping
from governance.compatibility.openapi.fact import Side


class Contents(msgspec.Struct, frozen=True):
    """Media types on both sides (they may differ in range or parameter), gone, and come."""

    both: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]


def contents(old: Placed, new: Placed) -> Contents:
    before = list(mapping(mapping(old.value).get("content")))
    after = list(mapping(mapping(new.value).get("content")))
    both = [(name, name) for name in before if name in after]
    left = [name for name in before if name not in after]
    right = [name for name in after if name not in before]
    for name in list(right):
        related = next((one for one in left if covers(one, name) or covers(name, one)), None)
        if related is not None:
            both.append((related, name))
            left.remove(related)
            right.remove(name)
    return Contents(tuple(both), tuple(left), tuple(right))


def covers(wide: str, narrow: str) -> bool:
    """Say whether *wide* is a range, or a structured suffix, that *narrow* belongs to."""
    (one, _), (other, _) = (_parted(name) for name in (wide, narrow))
    if one in {other, "*/*"}:
        return True
    main, _, sub = one.partition("/")
    other_main, _, other_sub = other.partition("/")
    return main == other_main and (sub == "*" or other_sub.endswith(f"+{sub}"))


def parameters_differ(one: str, other: str) -> bool:
    return _parted(one)[1] != _parted(other)[1]


def schema_of(document: Document, holder: Placed, media_type: str) -> Placed:
    found = document.follow(holder.below("content", media_type))
    return found.below("schema")


def schema_rule(side: Side, *, came: bool) -> str:
    return f"{side}-body-media-type-schema-{'added' if came else 'removed'}"


def _parted(name: str) -> tuple[str, frozenset[str]]:
    essence, *parameters = name.split(";")
    stated = frozenset(one.strip().lower() for one in parameters if one.strip())
    return essence.strip().lower(), stated
