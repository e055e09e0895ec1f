"""Schemas as the protocol writes them: an Avro schema does not say its type."""

from typing import Any

import msgspec

from governance.schemaregistry.schema import Registered, Schema


def described_schema(schema: Schema) -> dict[str, Any]:
    told: dict[str, Any] = {"schema": schema.text, **schema.beside}
    if schema.type != "AVRO":
        told["schemaType"] = schema.type
    if schema.references:
        told["references"] = msgspec.to_builtins(schema.references)
    return told


def described(one: Registered) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "version": one.version,
        "id": one.id,
        "guid": one.guid,
        **described_schema(one.schema),
    }
