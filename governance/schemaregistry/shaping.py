"""
The text of a schema as a client wants it: as it was sent, compiled, or with what it refers to.

A shape that is not known is the text as it was sent: clients ask for shapes of later versions.
"""

from governance.schemaregistry.compiling import without_extensions
from governance.schemaregistry.referring import Resolve, gather, whole
from governance.schemaregistry.schema import Schema
from rules.refusal import Refusal


def shaped(schema: Schema, shape: str, resolve: Resolve) -> str:
    if schema.type == "PROTOBUF":
        if shape == "serialized":
            return schema.compiled
        return without_extensions(schema) if shape == "ignore_extensions" else schema.text
    if shape != "resolved":
        return schema.text
    found = gather(schema, resolve)
    return schema.text if isinstance(found, Refusal) else whole(schema, found)
