"""
A fact type says which fields a fact may show, and what each one is.

Rules are checked against fact types before they are asked anything.
"""

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

FieldType = Literal[
    "text", "integer", "decimal", "money", "boolean", "date", "instant", "duration", "texts"
]
FIELD_TYPES: tuple[FieldType, ...] = get_args(FieldType)


class FactType(msgspec.Struct, frozen=True, kw_only=True):
    """`prefixes` opens the type to fields by the beginning of their name: `money_` → money."""

    name: str
    fields: dict[str, FieldType]
    prefixes: dict[str, FieldType] = {}

    def field(self, name: str) -> FieldType | None:
        """Return the type of the field *name*, or None when the fact never shows it."""
        known = self.fields.get(name)
        if known is not None:
            return known
        for prefix, kind in self.prefixes.items():
            if name.startswith(prefix) and name != prefix:
                return kind
        return None


_CASE: dict[str, FieldType] = {
    "process": "text",
    "case": "text",
    "stage": "text",
    "state": "text",
    "started_at": "instant",
    "amount": "money",
}
CLOCK = FactType(
    name="clock",
    fields={
        "sla": "text",
        "object_type": "text",
        "object": "text",
        "period": "date",
        "state": "text",
        "started_at": "instant",
        "due_at": "instant",
        "target_at": "instant",
        "warned": "integer",
        "breached": "boolean",
        "amount": "money",
        "owner": "text",
    },
)


def case_fact_type(fields: Mapping[str, FieldType] | None = None) -> FactType:
    """Return the type of the case itself; every figure of the money chain is `money_<name>`."""
    return FactType(name="case", fields={**_CASE, **(fields or {})}, prefixes={"money_": "money"})
