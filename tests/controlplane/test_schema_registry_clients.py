"""Kafka's own clients at work against a running server: they know of no other registry."""

import asyncio
import base64
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
from confluent_kafka.schema_registry.protobuf import (
    AsyncProtobufSerializer,
    ProtobufDeserializer,
    ProtobufSerializer,
)
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.rpc.context.attribute_context_pb2 import AttributeContext
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span
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
    return {"url": f"{program.url}/apis/ccompat/v7"}


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


def test_protobuf_is_written_and_read_with_all_that_its_file_imports(client: SchemaRegistryClient):
    spans = ScopeSpans(spans=[Span(name="bill", events=[Span.Event(name="sent")])])
    told, topic = ResourceSpans(scope_spans=[spans]), value("spans")
    written = ProtobufSerializer(ResourceSpans, client)(told, topic)
    assert ProtobufDeserializer(ResourceSpans, {}, client)(written, topic) == told
    again = ProtobufSerializer(
        ResourceSpans, client, {"auto.register.schemas": False, "use.latest.version": True}
    )
    assert again(told, topic) == written
    client.clear_caches()
    latest = client.get_latest_version("spans-value")
    assert (latest.schema.schema_str or "").startswith('syntax = "proto3";')
    assert [one.subject for one in latest.schema.references or []] == [
        "opentelemetry/proto/common/v1/common.proto",
        "opentelemetry/proto/resource/v1/resource.proto",
    ]


def test_a_message_inside_another_is_found_by_its_place(client: SchemaRegistryClient):
    told, topic = Span.Event(name="sent"), value("events")
    written = ProtobufSerializer(Span.Event, client)(told, topic)
    client.clear_caches()
    assert ProtobufDeserializer(Span.Event, {}, client)(written, topic) == told


def test_what_every_client_has_is_imported_without_a_reference(client: SchemaRegistryClient):
    told, topic = AttributeContext(api=AttributeContext.Api(version="v1")), value("context")
    written = ProtobufSerializer(AttributeContext, client)(told, topic)
    assert ProtobufDeserializer(AttributeContext, {}, client)(written, topic) == told
    assert client.get_latest_version("context-value").schema.references == []


HOURS_PROTO = """
// What was worked.
syntax = "proto3";
package ps;
import "google/type/money.proto";
message Hours { google.type.Money rate = 2; double hours = 1; map<string, Entry> days = 3; }
message Entry { optional string note = 1; }
"""


def test_the_same_file_as_text_and_compiled_is_one_schema(client: SchemaRegistryClient):
    id_ = client.register_schema("worked-value", Schema(HOURS_PROTO, "PROTOBUF"))
    compiled = client.get_schema(id_, fmt="serialized").schema_str or ""
    file = FileDescriptorProto.FromString(base64.b64decode(compiled))
    assert [one.name for one in file.message_type] == ["Hours", "Entry"]
    assert client.register_schema("worked-value", Schema(compiled, "PROTOBUF")) == id_
    assert client.register_schema("elsewhere-value", Schema(compiled, "PROTOBUF")) == id_
    assert client.lookup_schema("worked-value", Schema(compiled, "PROTOBUF")).schema_id == id_
    assert client.get_versions("worked-value") == [1]
    assert client.get_latest_version("worked-value").schema.schema_str == HOURS_PROTO


def test_protobuf_evolves_is_refused_and_goes(client: SchemaRegistryClient):
    file = FileDescriptorProto(name="rate.proto", package="ps", syntax="proto3")
    message = file.message_type.add(name="Rate")
    message.field.add(name="rate", number=1, label="LABEL_OPTIONAL", type="TYPE_DOUBLE")
    client.register_schema("rates-value", descriptor(file))
    message.field.add(name="note", number=2, label="LABEL_OPTIONAL", type="TYPE_STRING")
    assert client.test_compatibility("rates-value", descriptor(file))
    client.register_schema("rates-value", descriptor(file))
    message.field[0].type = message.field[0].TYPE_STRING
    assert not client.test_compatibility("rates-value", descriptor(file))
    with pytest.raises(SchemaRegistryError) as refused:
        client.register_schema("rates-value", descriptor(file))
    assert "FIELD_SCALAR_KIND_CHANGED" in refused.value.error_message
    assert client.delete_subject("rates-value") == [1, 2]
    assert client.delete_subject("rates-value", permanent=True) == [1, 2]


def descriptor(file: FileDescriptorProto) -> Schema:
    return Schema(base64.b64encode(file.SerializeToString()).decode(), "PROTOBUF")


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
            writer = await AsyncProtobufSerializer(ResourceSpans, one)
            await writer(ResourceSpans(schema_url="v1"), value("async-spans"))
            assert await one.get_versions("async-spans-value") == [1]
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
