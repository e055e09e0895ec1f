"""
The type of a value, its format, and whether it may be null.

Where everything travels as text (a query, a header, XML), a number is also a string; where
it travels as JSON, it is not.
"""

import msgspec

from governance.compatibility.openapi.document import listed, mapping
from governance.compatibility.openapi.schema import Schema

_WIDER_FORMATS = {
    ("number", "float", "double"),
    ("integer", "int32", "int64"),
    ("integer", "int32", "bigint"),
    ("integer", "int64", "bigint"),
    ("string", "date", "date-time"),
    ("string", "time", "date-time"),
}


class Kind(msgspec.Struct, frozen=True):
    types: tuple[str, ...]
    format: str

    def __str__(self) -> str:
        types = " or ".join(self.types) or "any type"
        return f"{types} ({self.format})" if self.format else types


class KindChange(msgspec.Struct, frozen=True):
    before: Kind
    after: Kind

    def admits(self, *, strongly_typed: bool) -> bool:
        """Say whether what the older kind admits, the newer one admits too."""
        old, new = self.before, self.after
        types = (
            not new.types
            or old.types == new.types
            or _covered(old.types, new.types)
            or (not strongly_typed and new.types == ("string",))
        )
        return types and (old.format == new.format or _wider(new.types, old.format, new.format))

    @property
    def swaps(self) -> bool:
        """Both name types, and not every older one is among the newer ones."""
        old, new = self.before.types, self.after.types
        return bool(old and new) and old != new and not _covered(old, new)

    def reversed(self) -> "KindChange":
        return KindChange(before=self.after, after=self.before)

    def request_word(self, *, strongly_typed: bool) -> str:
        if not self.admits(strongly_typed=strongly_typed):
            return "type-changed"
        return "type-compatible" if self.swaps else "type-generalized"

    def response_word(self, *, strongly_typed: bool) -> str:
        mirrored = self.reversed()
        if mirrored.admits(strongly_typed=strongly_typed):
            return "type-compatible" if mirrored.swaps else "type-specialized"
        widened = self.admits(strongly_typed=True)
        return "type-generalized" if widened else "type-changed"


def kind_change(old: Schema, new: Schema) -> KindChange | None:
    before, after = _kind(old), _kind(new)
    return None if before == after else KindChange(before, after)


class TypeList(msgspec.Struct, frozen=True):
    """A change of a union whose branches are but types: which came, which went."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


def type_list_change(old: Schema, new: Schema) -> TypeList | None:
    """Return the change when one side is such a union and the other one, or a type."""
    before, after = _type_list(old), _type_list(new)
    if before is None and after is None:
        return None
    was, now = before or old.types, after or new.types
    if not was or not now or set(was) == set(now) or _composed(old) or _composed(new):
        return None
    if (before is None and _unions(old)) or (after is None and _unions(new)):
        return None
    added, removed = (tuple(sorted(set(a) - set(b))) for a, b in ((now, was), (was, now)))
    return TypeList(added, removed)


def _kind(schema: Schema) -> Kind:
    stated = schema.keywords.get("format")
    return Kind(schema.types, stated if isinstance(stated, str) else "")


def _type_list(schema: Schema) -> tuple[str, ...] | None:
    if schema.types:
        return None
    for word in ("oneOf", "anyOf"):
        branches = [mapping(one) for one in listed(schema.keywords.get(word))]
        types = [one.get("type") for one in branches]
        if branches and all(isinstance(one, str) for one in types):
            return tuple(map(str, types)) if not any(map(_complex, branches)) else None
    return None


def _complex(branch: dict[str, object]) -> bool:
    return any(branch.get(word) for word in ("properties", "oneOf", "anyOf", "allOf", "$ref"))


def _composed(schema: Schema) -> bool:
    return any(schema.keywords.get(word) for word in ("not", "allOf", "properties"))


def _unions(schema: Schema) -> bool:
    return any(schema.keywords.get(word) for word in ("oneOf", "anyOf"))


def _covered(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return bool(some) and all(
        one in others or (one == "integer" and "number" in others) for one in some
    )


def _wider(types: tuple[str, ...], old: str, new: str) -> bool:
    return not new or (len(types) == 1 and (types[0], old, new) in _WIDER_FORMATS)
