"""Two applications compared by what they send and receive, in AsyncAPI 2.x and 3.0."""

from typing import Any

import pytest

from governance.compatibility.asyncapi.comparing import compare
from governance.contract.finding import Finding

SHORT, LONG = ({"type": "string", "maxLength": most} for most in (5, 9))
WORDS = {"send": "subscribe", "receive": "publish"}


def two(action: str, *messages: Any, **channel: Any) -> Any:
    message = messages[0] if len(messages) == 1 else {"oneOf": list(messages)}
    return {
        "asyncapi": "2.6.0",
        "info": {"title": "Orders", "version": "1.0.0"},
        "channels": {"orders/{id}": {WORDS[action]: {"message": message}} | channel},
    }


def three(action: str, *messages: Any, **operation: Any) -> Any:
    named = {one.get("name", "it"): one for one in messages}
    channel = {"$ref": "#/channels/orders"}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Orders", "version": "1.0.0"},
        "channels": {"orders": {"address": "orders/{id}", "messages": named}},
        "operations": {"it": {"action": action, "channel": channel} | operation},
    }


def told(old: Any, new: Any) -> list[tuple[str, str, str]]:
    return [(one.level, one.rule, one.path) for one in compare(old, new, "strict")]


def of(name: str, schema: Any, **more: Any) -> Any:
    return {"name": name, "payload": schema} | more


@pytest.mark.parametrize("written", [two, three])
def test_a_payload_is_judged_by_the_way_it_travels(written: Any):
    wide, narrow = of("placed", LONG), of("placed", SHORT)
    path = "receive orders/{id}"
    assert told(written("receive", wide), written("receive", narrow)) == [
        ("breaking", "MAX_LENGTH_DECREASED", path)
    ]
    assert {one[0] for one in told(written("receive", narrow), written("receive", wide))} <= {
        "info"
    }
    assert told(written("send", narrow), written("send", wide)) == [
        ("breaking", "MAX_LENGTH_DECREASED", "send orders/{id}")
    ]
    assert {one[0] for one in told(written("send", wide), written("send", narrow))} <= {"info"}


@pytest.mark.parametrize("action", ["send", "receive"])
def test_an_application_that_is_written_in_the_next_version_is_the_same(action: str):
    message = of("placed", {"$ref": "#/components/schemas/Order"}, contentType="application/json")
    held = {"components": {"schemas": {"Order": {"type": "object", "properties": {"id": SHORT}}}}}
    assert told(two(action, message) | held, three(action, message) | held) == []


def test_a_finding_names_its_place_in_the_document():
    old, new = (two("receive", of("placed", {"properties": {"id": one}})) for one in (LONG, SHORT))
    [finding] = compare(old, new, "strict")
    assert finding.pointer == (
        "/channels/orders~1{id}/publish/message/payload/properties/id/maxLength"
    )
    assert (finding.before, finding.after) == (9, 5)
    assert finding.message.startswith("receive orders/{id} placed payload: ")


def test_what_an_application_stops_doing_hurts_who_is_at_the_other_end():
    sends, receives = (two(one, of("placed", SHORT)) for one in ("send", "receive"))
    assert told(sends, receives) == [
        ("breaking", "send-removed", "send orders/{id}"),
        ("info", "receive-added", "receive orders/{id}"),
    ]


def test_a_message_less_is_refused_and_a_message_more_is_not_known():
    one, other = of("placed", SHORT), of("cancelled", SHORT)
    third = of("changed", SHORT)
    path = "orders/{id}"
    assert told(two("receive", one, other, third), two("receive", one, other)) == [
        ("breaking", "receive-message-removed", f"receive {path}")
    ]
    assert told(two("send", one, other), two("send", one, other, third)) == [
        ("warning", "send-message-added", f"send {path}")
    ]


def test_a_parameter_of_an_address_may_be_renamed():
    old = two("receive", of("placed", SHORT))
    new = old | {"channels": {"orders/{order}": old["channels"]["orders/{id}"]}}
    assert told(old, new) == []


def test_headers_of_a_trait_and_of_the_document_are_read():
    plain = of("placed", SHORT)
    trait = {"traits": [{"contentType": "application/json"}]}
    stated = two("send", plain | trait)
    default = two("send", plain) | {"defaultContentType": "application/json"}
    assert told(stated, default) == []
    lent = two("send", plain | {"traits": [{"headers": {"properties": {"a": LONG}}}]})
    own = two("send", plain | {"headers": {"properties": {"a": SHORT}}})
    assert told(own, lent) == [("breaking", "MAX_LENGTH_DECREASED", "send orders/{id}")]
    assert told(two("send", plain), stated) == [
        ("breaking", "message-content-type-changed", "send orders/{id}")
    ]


def test_what_is_answered_is_sent_the_other_way():
    def asked(answer: Any) -> Any:
        document = three(
            "receive", of("ask", SHORT), reply={"channel": {"$ref": "#/channels/back"}}
        )
        document["channels"]["back"] = {"address": None, "messages": {"it": of("told", answer)}}
        return document

    assert told(asked(SHORT), asked(LONG)) == [
        ("breaking", "MAX_LENGTH_DECREASED", "send reply to orders/{id}")
    ]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (
            two("send", of("a", {"type": "record"}, schemaFormat="application/vnd.apache.avro")),
            two("send", of("a", {"type": "enum"}, schemaFormat="application/vnd.apache.avro")),
            "message-schema-not-compared",
        ),
        (
            two("send", of("a", SHORT)),
            two("send", of("a", SHORT, bindings={"kafka": {"key": SHORT}})),
            "bindings-changed",
        ),
        (
            two("send", of("a", SHORT)),
            two("send", of("a", SHORT), parameters={"id": {"schema": SHORT}}),
            "channel-parameters-changed",
        ),
    ],
)
def test_what_is_not_judged_says_so(old: Any, new: Any, rule: str):
    assert [one[:2] for one in told(old, new)] == [("not_evaluated", rule)]
    assert told(old, old) == told(new, new) == []


def test_two_operations_that_do_the_same_on_one_channel_are_one():
    both = three("send", of("placed", SHORT), of("cancelled", SHORT))
    chosen = [{"$ref": f"#/channels/orders/messages/{one}"} for one in ("placed", "cancelled")]
    split = three("send", of("placed", SHORT), of("cancelled", SHORT), messages=chosen[:1])
    split["operations"]["other"] = split["operations"]["it"] | {"messages": chosen[1:]}
    assert told(both, split) == []


def test_servers_come_go_and_speak_another_protocol():
    def at(**servers: Any) -> Any:
        return two("send", of("a", SHORT)) | {"servers": servers}

    kafka, amqp = ({"url": "x", "protocol": one} for one in ("kafka", "amqp"))
    found: list[Finding] = compare(at(a=kafka, b=kafka), at(a=amqp, c=kafka), "strict")
    assert [(one.level, one.rule) for one in found] == [
        ("breaking", "server-protocol-changed"),
        ("warning", "server-removed"),
        ("info", "server-added"),
    ]
