"""
Which types can take each other's place, by what is sent.

Two types of one group are read by each other's readers: as binary (`WIRE`), or both as
binary and as JSON (`JSON`). A type in no group goes with itself only.
"""

from governance.contract.protobuf.schema import EnumInfo, FieldInfo, Schema

WIRE: dict[str, int] = {
    kind: group
    for group, kinds in enumerate(
        ("int32 int64 uint32 uint64 bool", "sint32 sint64", "fixed32 sfixed32", "fixed64 sfixed64")
    )
    for kind in kinds.split()
}
JSON: dict[str, int] = {
    kind: group
    for group, kinds in enumerate(
        ("int32 uint32", "int64 uint64", "fixed32 sfixed32", "fixed64 sfixed64")
    )
    for kind in kinds.split()
}


def together(groups: dict[str, int], before: str, after: str) -> bool:
    return groups.get(before, before) == groups.get(after, after)


def same_enum(old: FieldInfo, new: FieldInfo, schemas: tuple[Schema, Schema]) -> bool:
    """Say whether the enum only moved: the same short name, and every value still there."""
    if old.type_name == new.type_name:
        return True
    before, after = schemas[0].enums.get(old.type_name), schemas[1].enums.get(new.type_name)
    if before is None or after is None or before.node.name != after.node.name:
        return False
    return _values(before) <= _values(after)


def _values(enum: EnumInfo) -> set[tuple[str, int]]:
    return {(value.name, value.number) for value in enum.node.values}
