from typing import Any

import msgspec
import pytest

from governance.contract.versions import Checked, check

TEXT = {"type": "string"}
INFO = {"title": "Orders", "version": "1.2.0"}


def two(**channel: Any) -> Any:
    return {"asyncapi": "2.6.0", "info": INFO, "channels": {"orders": channel}}


def three(operation: Any = None, **messages: Any) -> Any:
    does = operation or {"action": "send", "channel": {"$ref": "#/channels/orders"}}
    channels = {"orders": {"address": "orders", "messages": messages}}
    return {"asyncapi": "3.0.0", "info": INFO, "channels": channels, "operations": {"it": does}}


def checked(document: Any) -> Checked:
    found = check("asyncapi", msgspec.json.encode(document), "application/json")
    assert isinstance(found, Checked)
    return found


@pytest.mark.parametrize(
    "document",
    [
        two(publish={"message": {"payload": TEXT}}),
        two(subscribe={"message": {"oneOf": [{"name": "a"}, {"name": "b"}]}}),
        two(
            publish={"message": {"payload": {"type": "record"}, "schemaFormat": "application/avro"}}
        ),
        three(it={"payload": {"schemaFormat": "application/avro", "schema": {"type": "record"}}}),
        three(it={"payload": {"$ref": "#/channels/orders/messages/it/headers"}, "headers": TEXT}),
    ],
)
def test_an_application_is_described_in_either_version(document: Any):
    found = checked(document)
    assert (found.findings, found.declared_version) == ((), "1.2.0")


@pytest.mark.parametrize(
    ("document", "rule", "pointer"),
    [
        ({"asyncapi": "1.0.0"}, "asyncapi-version", "/asyncapi"),
        ([], "asyncapi-version", "/asyncapi"),
        ({"asyncapi": "2.6.0", "info": INFO}, "asyncapi-invalid", ""),
        (two(publish={"message": []}), "asyncapi-invalid", "/channels/orders/publish/message"),
        (
            two(publish={"message": {"payload": {"type": "text"}}}),
            "asyncapi-invalid",
            "/channels/orders/publish/message/payload/type",
        ),
        (
            two() | {"components": {"schemas": {"A": {"minLength": -1}}}},
            "asyncapi-invalid",
            "/components/schemas/A/minLength",
        ),
        (
            three({"action": "shout", "channel": {"$ref": "#/channels/orders"}}),
            "asyncapi-invalid",
            "/operations/it/action",
        ),
        (three({"action": "send"}), "asyncapi-invalid", "/operations/it"),
        (
            three(it={"payload": {"$ref": "#/gone"}}),
            "reference-unresolved",
            "/channels/orders/messages/it/payload/$ref",
        ),
        (
            three(it={"payload": {"$ref": "a.json"}}),
            "remote-reference",
            "/channels/orders/messages/it/payload/$ref",
        ),
    ],
)
def test_what_is_wrong_is_said_where_it_is(document: Any, rule: str, pointer: str):
    [finding] = checked(document).findings
    assert (finding.rule, finding.level, finding.pointer) == (rule, "error", pointer)
