"""
The fields that a schema declares, by the pointer at which an event's data tell them.

`*` stands for each item of a list. What only one branch of a choice asks for is not required.
"""

from collections.abc import Iterable, Mapping

import msgspec

MOST_FIELDS = 2_000
DEEPEST = 12


class DeclaredField(msgspec.Struct, frozen=True, kw_only=True):
    """`values` of an enumeration; None: anything."""

    required: bool = False
    values: tuple[str, ...] | None = None


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """
    `open` are the places that take names which the schema does not write out.

    `wrapped` leads from where Avro's JSON names a branch of a union to the field itself. `whole`
    is false where more is declared than is read: what is not among it may be declared.
    """

    fields: Mapping[str, DeclaredField]
    open: frozenset[str] = frozenset()
    wrapped: Mapping[str, str] = {}
    whole: bool = True

    @property
    def enumerated(self) -> frozenset[str]:
        """Return the pointers at which an enumeration is told, wrapped or not."""
        plain = {pointer for pointer, one in self.fields.items() if one.values is not None}
        return frozenset(plain | {at for at, to in self.wrapped.items() if to in plain})

    def takes(self, pointer: str) -> bool:
        """Whether *pointer* is declared, or lies where any name may stand."""
        if pointer in self.fields or not self.whole:
            return True
        above = pointer
        while above:
            above = above.rpartition("/")[0]
            if above in self.open:
                return True
        return False


class Declaring:
    """Gathers fields that may be declared in several places."""

    def __init__(self) -> None:
        self.fields: dict[str, DeclaredField] = {}
        self.open: set[str] = set()
        self.wrapped: dict[str, str] = {}

    @property
    def full(self) -> bool:
        return len(self.fields) >= MOST_FIELDS

    def add(
        self, pointer: str, *, required: bool = False, values: Iterable[object] | None = None
    ) -> None:
        known = self.fields.get(pointer, DeclaredField())
        texts = [one for one in values if isinstance(one, str)] if values is not None else []
        every = tuple(dict.fromkeys([*(known.values or ()), *texts]))
        self.fields[pointer] = DeclaredField(
            required=known.required or required, values=every or None
        )

    def declared(self) -> Declared:
        return Declared(
            fields=self.fields,
            open=frozenset(self.open),
            wrapped=dict(self.wrapped),
            whole=not self.full,
        )
