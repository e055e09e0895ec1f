"""Kafka's own clients at work against a running server: they know of no other registry."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka.schema_registry import (
    AsyncSchemaRegistryClient,
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    SchemaRegistryError,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from running import Program

HOURS: dict[str, Any] = {
    "type": "record",
    "name": "Hours",
    "namespace": "ps",
    "fields": [{"name": "hours", "type": "double"}],
}
NOTED = {**HOURS, "fields": [*HOURS["fields"], {"name": "note", "type": "string", "default": ""}]}
NEEDY = {**HOURS, "fields": [*HOURS["fields"], {"name": "who", "type": "string"}]}
RATE = {
    "title": "Rate",
    "type": "object",
    "properties": {"rate": {"type": "number"}},
    "additionalProperties": False,
}
WIDER = {**RATE, "properties": {"rate": {"type": "number"}, "until": {"type": "string"}}}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    one = Program(tmp_path_factory.mktemp("registry"), None)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def client(program: Program) -> Iterator[SchemaRegistryClient]:
    with SchemaRegistryClient(settings(program)) as one:
        yield one


def settings(program: Program) -> dict[str, Any]:
    return {"url": f"{program.url}/apis/ccompat/v7", "max.retries": 0}


def avro(schema: Any) -> Schema:
    return Schema(json.dumps(schema), "AVRO")


def value(topic: str) -> SerializationContext:
    return SerializationContext(topic, MessageField.VALUE)


def test_avro_is_written_read_and_evolved(client: SchemaRegistryClient):
    topic, told = value("Hours/billed"), {"hours": 7.5}
    first = AvroSerializer(client, json.dumps(HOURS))(told, topic)
    second = AvroSerializer(client, json.dumps(NOTED))({**told, "note": "late"}, topic)
    read = AvroDeserializer(client, json.dumps(NOTED))
    assert read(first, topic) == {"hours": 7.5, "note": ""}
    assert read(second, topic) == {"hours": 7.5, "note": "late"}
    assert client.get_versions("Hours/billed-value") == [1, 2]
    latest = client.get_latest_version("Hours/billed-value")
    assert (latest.version, json.loads(latest.schema.schema_str or "")) == (2, NOTED)


def test_what_breaks_is_refused_until_the_level_says_otherwise(client: SchemaRegistryClient):
    client.register_schema("refused-value", avro(HOURS))
    assert not client.test_compatibility("refused-value", avro(NEEDY))
    with pytest.raises(SchemaRegistryError) as refused:
        client.register_schema("refused-value", avro(NEEDY))
    assert (refused.value.http_status_code, refused.value.error_code) == (409, 409)
    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in refused.value.error_message
    assert client.set_compatibility("refused-value", "NONE") == {"compatibility": "NONE"}
    assert client.get_compatibility("refused-value") == "NONE"
    client.register_schema("refused-value", avro(NEEDY))
    assert client.get_versions("refused-value") == [1, 2]


def test_a_subject_goes_softly_and_then_for_good(client: SchemaRegistryClient):
    id_ = client.register_schema("gone-value", avro(HOURS))
    client.register_schema("gone-value", avro(NOTED))
    assert client.delete_version("gone-value", 1) == 1
    assert client.get_versions("gone-value") == [2]
    assert client.delete_subject("gone-value") == [2]
    assert "gone-value" not in client.get_subjects()
    assert "gone-value" in client.get_subjects(deleted=True)
    assert client.delete_subject("gone-value", permanent=True) == [1, 2]
    assert "gone-value" not in client.get_subjects(deleted=True)
    with pytest.raises(SchemaRegistryError) as unknown:
        client.get_versions("gone-value")
    assert unknown.value.error_code == 40401
    client.clear_caches()
    assert json.loads(client.get_schema(id_).schema_str or "") == HOURS  # messages still hold it
    assert client.register_schema("gone-value", avro(HOURS)) == id_


def test_json_is_written_and_read_and_refers_to_other_subjects(client: SchemaRegistryClient):
    client.register_schema("rate", Schema(json.dumps(RATE), "JSON"))
    deal = {"title": "Deal", "type": "object", "properties": {"rate": {"$ref": "rate.json"}}}
    schema = Schema(json.dumps(deal), "JSON", [SchemaReference("rate.json", "rate", 1)])
    written = JSONSerializer(schema, client)({"rate": {"rate": 90}}, value("deals"))
    read = JSONDeserializer(schema, schema_registry_client=client)
    assert read(written, value("deals")) == {"rate": {"rate": 90}}
    assert client.get_latest_version("deals-value").schema.references == schema.references
    with pytest.raises(SchemaRegistryError) as held:
        client.delete_subject("rate")
    assert held.value.error_code == 42206


def test_an_asynchronous_client_works_alike(program: Program):
    async def work() -> tuple[int, list[int], str, int]:
        async with AsyncSchemaRegistryClient(settings(program)) as one:
            id_ = await one.register_schema("async-value", avro(HOURS))
            await one.register_schema("async-value", avro(NOTED))
            with pytest.raises(SchemaRegistryError) as refused:
                await one.register_schema("async-value", avro(NEEDY))
            found = await one.lookup_schema("async-value", avro(HOURS))
            assert found.schema_id == id_
            versions = await one.get_versions("async-value")
            await one.delete_subject("async-value")
            gone = await one.delete_subject("async-value", permanent=True)
            return refused.value.error_code, versions, str(found.guid), len(gone)

    code, versions, guid, gone = asyncio.run(work())
    assert (code, versions, len(guid), gone) == (409, [1, 2], 36, 2)


def test_what_was_answered_stands_after_the_machine_went_down(program: Program):
    schemas = {f"kept-{n}": avro({**HOURS, "name": f"Hours{n}"}) for n in "abc"}
    with SchemaRegistryClient(settings(program)) as before:
        ids = [before.register_schema(name, one) for name, one in schemas.items()]
    program.kill()
    program.start()
    with SchemaRegistryClient(settings(program)) as after:
        assert [after.register_schema(name, one) for name, one in schemas.items()] == ids
        assert [after.get_versions(name) for name in schemas] == [[1], [1], [1]]
