"""What an Avro schema is, once names are resolved. https://avro.apache.org/docs/1.12.0"""

from typing import NamedTuple

from governance.contract.artifact import Json

PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
NAMED = frozenset({"record", "enum", "fixed"})


class Schema:
    """
    One schema; told apart by identity, since records may contain themselves.

    `name` is the full name, `aliases` are full names; `pointer` is where it is defined.
    """

    def __init__(self, kind: str, pointer: str, said: dict[str, Json]) -> None:
        self.kind = kind
        self.pointer = pointer
        self.said = said
        self.name = ""
        self.aliases: frozenset[str] = frozenset()
        self.fields: list[Field] = []
        self.symbols: list[str] = []
        self.branches: list[Schema] = []
        self.items: Schema | None = None  # of an array, the values of a map

    @property
    def short_name(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def called(self) -> str:
        """What to call it in a sentence."""
        return f"{self.kind} {self.name}" if self.name else self.kind

    @property
    def logical(self) -> Json:
        return self.said.get("logicalType")


class Field(NamedTuple):
    name: str
    aliases: tuple[str, ...]
    schema: Schema
    has_default: bool
    default: Json
    pointer: str
