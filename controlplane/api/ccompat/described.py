"""Schemas as the protocol writes them: an Avro schema does not say its type."""

from typing import Any

import msgspec

from controlplane.api.ccompat.asked import Asked
from controlplane.database import reading
from governance.schemaregistry.naming import DEFAULT, split
from governance.schemaregistry.schema import Registered, Schema
from governance.schemaregistry.shaping import shaped
from governance.schemaregistry.stores import resolver


def text_of(asked: Asked, schema: Schema, subject: str = "") -> str:
    """Return the text of *schema*, which stands under *subject*, in the `format` asked for."""
    shape = asked.text("format")
    if not shape:
        return schema.text
    context = split(subject)[0] if subject else DEFAULT
    with reading(asked.runtime.databases.state) as connection:
        return shaped(schema, shape, resolver(connection, context))


def described_schema(schema: Schema, text: str) -> dict[str, Any]:
    told: dict[str, Any] = {"schema": text, **schema.beside}
    if schema.type != "AVRO":
        told["schemaType"] = schema.type
    if schema.references:
        told["references"] = msgspec.to_builtins(schema.references)
    return told


def described(asked: Asked, one: Registered) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "version": one.version,
        "id": one.id,
        "guid": one.guid,
        **described_schema(one.schema, text_of(asked, one.schema, one.subject)),
    }
