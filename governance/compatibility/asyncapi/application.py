"""
What an application sends and what it receives, whichever version of AsyncAPI says so.

In 2.x a channel tells what others may do: where they publish, the application receives. In
3.0 an operation tells what the application does itself.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from governance.compatibility.openapi.document import Document, Placed, listed, mapping
from governance.contract.artifact import Json

Action = Literal["send", "receive"]
_TWO: tuple[tuple[str, Action], ...] = (("publish", "receive"), ("subscribe", "send"))
_OPPOSITE: dict[Action, Action] = {"send": "receive", "receive": "send"}
_SCHEMA_FORMATS = ("application/vnd.aai.asyncapi", "application/schema+")


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """`payload`, `headers`: their schemas, None in them where anything may stand."""

    name: str
    placed: Placed
    payload: Placed
    headers: Placed
    content_type: str
    schema_format: str

    @property
    def is_jsonschema(self) -> bool:
        return not self.schema_format or self.schema_format.startswith(_SCHEMA_FORMATS)


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an application does: where, which way, and with which messages."""

    action: Action
    address: str
    placed: Placed
    channel: Placed
    messages: tuple[Message, ...]


def exchanges(document: Document) -> list[Exchange]:
    data = mapping(document.root.value)
    three = str(data.get("asyncapi", "")).startswith("3.")
    return list(_three(document) if three else _two(document))


def _two(document: Document) -> Iterator[Exchange]:
    for address, channel in document.entries(document.below("channels")).items():
        for word, action in _TWO:
            placed = document.follow(channel.below(word))
            if placed.value is not None:
                one = document.follow(placed.below("message"))
                branches = range(len(listed(mapping(one.value).get("oneOf"))))
                several = [document.follow(one.below("oneOf", n)) for n in branches]
                yield Exchange(
                    action=action,
                    address=address,
                    placed=placed,
                    channel=channel,
                    messages=_messages(document, several or [one]),
                )


def _three(document: Document) -> Iterator[Exchange]:
    for placed in document.entries(document.below("operations")).values():
        action: Action = "send" if mapping(placed.value).get("action") == "send" else "receive"
        channel = document.follow(placed.below("channel"))
        address = _address(channel)
        yield _operation(document, action, address, placed, channel)
        reply = document.follow(placed.below("reply"))
        if reply.value is not None:
            back = document.follow(reply.below("channel"))
            where = f"reply to {address}"
            yield _operation(document, _OPPOSITE[action], where, reply, back)


def _operation(
    document: Document, action: Action, address: str, placed: Placed, channel: Placed
) -> Exchange:
    named = listed(mapping(placed.value).get("messages"))
    chosen = [document.follow(placed.below("messages", n)) for n in range(len(named))]
    all_of_them = document.entries(channel.below("messages")).values()
    return Exchange(
        action=action,
        address=address,
        placed=placed,
        channel=channel,
        messages=_messages(document, chosen or list(all_of_them)),
    )


def _address(channel: Placed) -> str:
    stated = mapping(channel.value).get("address")
    return stated if isinstance(stated, str) else channel.ref or channel.pointer


def _messages(document: Document, placed: list[Placed]) -> tuple[Message, ...]:
    default = mapping(document.root.value).get("defaultContentType", "")
    found = []
    for position, one in enumerate(placed):
        said = _said(document, one)
        payload = document.follow(one.below("payload"))
        many = mapping(payload.value)
        wrapped = "schemaFormat" in many and "schema" in many
        schema_format = many.get("schemaFormat") if wrapped else said.get("schemaFormat")
        name = said.get("name") or said.get("messageId") or one.ref or said.get("title")
        found.append(
            Message(
                name=str(name or f"message {position + 1}"),
                placed=one,
                payload=payload.below("schema") if wrapped else payload,
                headers=_headers(document, one),
                content_type=str(said.get("contentType") or default),
                schema_format=str(schema_format or ""),
            )
        )
    return tuple(found)


def _headers(document: Document, placed: Placed) -> Placed:
    own = document.follow(placed.below("headers"))
    traits = range(len(listed(mapping(placed.value).get("traits"))))
    for position in traits if own.value is None else ():
        lent = document.follow(document.follow(placed.below("traits", position)).below("headers"))
        if lent.value is not None:
            return lent
    return own


def _said(document: Document, placed: Placed) -> dict[str, Json]:
    """Return what a message says, its traits first: what it says itself stands."""
    traits = range(len(listed(mapping(placed.value).get("traits"))))
    found: dict[str, Json] = {}
    for position in traits:
        found |= mapping(document.follow(placed.below("traits", position)).value)
    return found | mapping(placed.value)
