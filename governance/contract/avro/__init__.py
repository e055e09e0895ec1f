"""Avro schemas, as they are registered: read with names resolved, and checked."""
