"""What an Avro schema declares: the fields of its records, as JSON tells them."""

from governance.conformance.declared import DEEPEST, Declared, Declaring
from governance.contract.artifact import Json
from governance.contract.avro.reading import read_schema
from governance.contract.avro.schema import Schema


def declared_in_avro(data: Json) -> Declared:
    """Raises `ArtifactError`."""
    found = Declaring()
    _declare(read_schema(data), "", 0, found)
    return found.declared()


def _declare(schema: Schema, at: str, depth: int, found: Declaring) -> None:
    if depth > DEEPEST or found.full:
        return
    if schema.kind == "enum" and at:
        found.add(at, values=schema.symbols)
    for field in schema.fields:
        pointer = f"{at}/{field.name}"
        found.add(pointer, required=not field.has_default)
        _declare(field.schema, pointer, depth + 1, found)
    for branch in schema.branches:
        if branch.kind != "null":
            found.wrapped[f"{at}/{branch.name or branch.kind}"] = at
        _declare(branch, at, depth, found)
    if schema.kind == "map":
        found.open.add(at)
    elif schema.items is not None:
        found.add(f"{at}/*")
        _declare(schema.items, f"{at}/*", depth + 1, found)
