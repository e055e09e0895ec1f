"""
Two AsyncAPI documents compared, by what the application sends and what it receives.

What it receives has to be accepted as before: payloads are held from the older to the newer
schema. What it sends has to be understood by who listens: they are held the other way round.
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from governance.compatibility.asyncapi.application import Exchange, Message, exchanges
from governance.compatibility.comparison import Policy
from governance.compatibility.jsonschema.document import Document as Schemas
from governance.compatibility.jsonschema.schema import differences_of
from governance.compatibility.jsonschema.view import Node
from governance.compatibility.openapi.document import Document, Placed, mapping
from governance.contract.artifact import Json
from governance.contract.finding import Finding

LEVELS = {
    "receive-removed": "breaking",
    "send-removed": "breaking",
    "receive-added": "info",
    "send-added": "info",
    "receive-message-removed": "breaking",
    "receive-message-added": "info",
    "send-message-removed": "warning",
    "send-message-added": "warning",
    "message-content-type-changed": "breaking",
    "message-correlation-changed": "warning",
    "message-schema-not-compared": "not_evaluated",
    "bindings-changed": "not_evaluated",
    "channel-parameters-changed": "not_evaluated",
    "server-removed": "warning",
    "server-added": "info",
    "server-protocol-changed": "breaking",
}
_PARAMETER = re.compile(r"\{[^{}]*\}")


def compare(old: Json, new: Json, policy: Policy) -> list[Finding]:
    """Return how *new* differs for those who send to, or listen to, the application of *old*."""
    return list(_Comparing(old, new, policy).findings())


class _Comparing:
    def __init__(self, old: Json, new: Json, policy: Policy) -> None:
        self._old, self._new, self._policy = Document(old), Document(new), policy
        self._olds, self._news = _schemas(old), _schemas(new)

    def findings(self) -> Iterator[Finding]:
        before, after = _by_key(self._old), _by_key(self._new)
        for key, was in before.items():
            if key in after:
                yield from self._both(was, after[key])
            else:
                said = "the application no longer does so"
                yield _finding(f"{was.action}-removed", _path(was), said, was.placed.pointer)
        for key, now in after.items():
            if key not in before:
                said = "the application does so, too"
                yield _finding(f"{now.action}-added", _path(now), said, now.placed.pointer)
        yield from self._servers()

    def _both(self, old: Exchange, new: Exchange) -> Iterator[Finding]:
        path = _path(new)
        befores, afters = _named(old), _named(new)
        if len(befores) == len(afters) == 1:
            yield from self._message(path, old.messages[0], new.messages[0], new)
            befores = afters = {}
        for name, was in befores.items():
            if name in afters:
                yield from self._message(path, was, afters[name], new)
            else:
                rule = f"{new.action}-message-removed"
                yield _finding(rule, path, f"{name} is gone", was.placed.pointer, name)
        for name, now in afters.items():
            if name not in befores:
                rule = f"{new.action}-message-added"
                yield _finding(rule, path, f"{name} is new", now.placed.pointer, name)
        for was_at, now_at in ((old.placed, new.placed), (old.channel, new.channel)):
            yield from _unjudged("bindings", "bindings-changed", path, was_at, now_at)
        yield from _unjudged(
            "parameters", "channel-parameters-changed", path, old.channel, new.channel
        )

    def _message(self, path: str, old: Message, new: Message, at: Exchange) -> Iterator[Finding]:
        pointer = new.placed.pointer
        if old.content_type != new.content_type:
            said = f"{new.name} is written as {new.content_type or 'unsaid'}"
            said += f", not as {old.content_type or 'unsaid'}"
            rule = "message-content-type-changed"
            yield _finding(rule, path, said, pointer, new.name)
        yield from _unjudged(
            "correlationId", "message-correlation-changed", path, old.placed, new.placed
        )
        yield from _unjudged("bindings", "bindings-changed", path, old.placed, new.placed)
        if old.is_jsonschema and new.is_jsonschema:
            for word, was, now in (
                ("payload", old.payload, new.payload),
                ("headers", old.headers, new.headers),
            ):
                yield from self._schema(f"{path} {new.name} {word}", path, was, now, at)
        elif old.payload.value != new.payload.value or old.schema_format != new.schema_format:
            said = (
                f"{new.name}: payloads in {new.schema_format or old.schema_format} are not compared"
            )
            yield _finding("message-schema-not-compared", path, said, pointer, new.name)

    def _schema(
        self, where: str, path: str, old: Placed, new: Placed, at: Exchange
    ) -> Iterator[Finding]:
        before, after = _node(self._olds, old), _node(self._news, new)
        if at.action == "receive":
            found = differences_of(before, after, self._policy)
        else:
            found = [
                replace(one, before=one.after, after=one.before)
                for one in differences_of(after, before, self._policy)
            ]
        for one in found:
            name = f"{one.rule}:{where}:{one.pointer}"
            yield replace(one, id=name, path=path, message=f"{where}: {one.message}")

    def _servers(self) -> Iterator[Finding]:
        before, after = (one.entries(one.below("servers")) for one in (self._old, self._new))
        for name, was in before.items():
            if name not in after:
                yield _finding("server-removed", f"server {name}", "is gone", was.pointer)
                continue
            protocols = [mapping(one.value).get("protocol") for one in (was, after[name])]
            if protocols[0] != protocols[1]:
                said = f"its protocol went from {protocols[0]} to {protocols[1]}"
                rule, pointer = "server-protocol-changed", after[name].pointer
                yield _finding(rule, f"server {name}", said, f"{pointer}/protocol")
        for name, now in after.items():
            if name not in before:
                yield _finding("server-added", f"server {name}", "is new", now.pointer)


def _schemas(data: Json) -> Schemas:
    """Schemas of AsyncAPI are draft-07: a reference stands alone, a list of items is a tuple."""
    found = Schemas(data)
    found.ignores_siblings, found.has_prefix_items = True, False
    return found


def _node(document: Schemas, placed: Placed) -> Node:
    return Node(document, () if placed.value is None else (placed.pointer,))


def _unjudged(keyword: str, rule: str, path: str, old: Placed, new: Placed) -> Iterator[Finding]:
    if mapping(old.value).get(keyword) != mapping(new.value).get(keyword):
        said = f"{keyword} were changed; what that means to who is there is not judged"
        yield _finding(rule, path, said, new.below(keyword).pointer, new.pointer)


def _key(exchange: Exchange) -> tuple[str, str]:
    return exchange.action, _PARAMETER.sub("{}", exchange.address)


def _by_key(document: Document) -> dict[tuple[str, str], Exchange]:
    """Return what a document exchanges; operations on one channel that do the same are one."""
    found: dict[tuple[str, str], Exchange] = {}
    for one in exchanges(document):
        known = found.get(_key(one))
        messages = (*known.messages, *one.messages) if known else one.messages
        found[_key(one)] = replace(one, messages=messages)
    return found


def _path(exchange: Exchange) -> str:
    return f"{exchange.action} {exchange.address}"


def _named(exchange: Exchange) -> dict[str, Message]:
    return {one.name: one for one in exchange.messages}


def _finding(rule: str, path: str, said: str, pointer: str, mark: str = "") -> Finding:
    return Finding(
        id=f"{rule}:{path}:{mark}" if mark else f"{rule}:{path}",
        rule=rule,
        level=LEVELS[rule],
        path=path,
        pointer=pointer,
        message=f"{path}: {said}",
    )
