"""
A schema whole: what it refers to put where it is referred to.

A contract is one document that leads nowhere outside it; the exact text stays beside.
"""

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import urldefrag, urljoin

from governance.contract.artifact import Json
from governance.contract.avro.schema import PRIMITIVES
from governance.contract.protobuf.document import ALONE
from governance.schemaregistry.refusing import INVALID_SCHEMA, refusal
from governance.schemaregistry.schema import MAX_REFERENCES, Reference, Schema
from rules.refusal import Refusal

Resolve = Callable[[Reference], Schema | None]
_NAMED = frozenset({"record", "error", "enum", "fixed"})
_KEY = re.compile(r"[^A-Za-z0-9_.-]")


def gather(schema: Schema, resolve: Resolve) -> dict[str, Schema] | Refusal:
    """Return by name what *schema* refers to, and what that refers to."""
    found: dict[str, Schema] = {}
    waiting = list(schema.references)
    while waiting:
        one = waiting.pop(0)
        if one.name in found:
            continue
        referred = resolve(one)
        where = f"reference '{one.name}' to version {one.version} of '{one.subject}'"
        if referred is None:
            return refusal(INVALID_SCHEMA, f"Invalid schema: {where} was not found")
        if referred.type != schema.type:
            return refusal(INVALID_SCHEMA, f"Invalid schema: {where} is of another type")
        found[one.name] = referred
        waiting.extend(referred.references)
        if len(found) > MAX_REFERENCES:
            return refusal(INVALID_SCHEMA, f"Invalid schema: over {MAX_REFERENCES} references")
    return found


def whole(schema: Schema, found: Mapping[str, Schema]) -> str:
    """Return the text of *schema* with what was *found*; raises ValueError where one is no JSON."""
    if not found:
        return schema.text
    texts = {name: one.text for name, one in found.items()}
    if schema.type == "PROTOBUF":
        return json.dumps({own_path(found): schema.text, **texts})
    data = json.loads(schema.text)
    others = {name: json.loads(text) for name, text in texts.items()}
    if schema.type == "AVRO":
        return json.dumps(_Inlining(others).schema(data, ""))
    return json.dumps(_bundled(data, others))


def adrift(data: Json) -> str:
    """Return what a JSON Schema refers to and has not: no file and no address is ever opened."""
    known, waiting = {""}, [(data, "")]
    wanted: dict[str, str] = {}
    while waiting:
        node, base = waiting.pop()
        if isinstance(node, dict):
            named, target = node.get("$id", node.get("id")), node.get("$ref")
            if isinstance(named, str):
                base = _joined(base, named)
                known.add(base)
            if isinstance(target, str) and not target.startswith("#"):
                wanted.setdefault(_joined(base, target), target)
            waiting.extend((one, base) for one in node.values())
        elif isinstance(node, list):
            waiting.extend((one, base) for one in node)
    return next((said for target, said in wanted.items() if target not in known), "")


def _joined(base: str, target: str) -> str:
    try:
        return urldefrag(urljoin(base, target)).url
    except ValueError:
        return target


def own_path(found: Mapping[str, Schema]) -> str:
    """Return the path of a Protobuf file that came without one, beside those *found*."""
    path = ALONE
    while path in found:
        path = f"own-{path}"
    return path


class _Inlining:
    """Writes each type that is defined elsewhere where it is used first."""

    def __init__(self, others: Mapping[str, Json]) -> None:
        self._others = {
            name: {**one, "name": name.rpartition(".")[2], "namespace": name.rpartition(".")[0]}
            for name, one in others.items()
            if _kind(one) in _NAMED
        }
        self._written: set[str] = set()

    def schema(self, data: Json, namespace: str) -> Json:
        if isinstance(data, str):
            return self._called(data, namespace)
        if isinstance(data, list):
            return [self.schema(one, namespace) for one in data]
        if not isinstance(data, dict):
            return data
        if _kind(data) in _NAMED:
            return self._definition(data, namespace)
        inner = {n: self.schema(data[n], namespace) for n in ("items", "values") if n in data}
        kind = data.get("type")
        said = kind if _kind(data) in {"array", "map"} else self.schema(kind, namespace)
        return {**data, "type": said, **inner}

    def _called(self, name: str, namespace: str) -> Json:
        full = name if "." in name or not namespace else f"{namespace}.{name}"
        wanted = full if full in self._others else name
        if name in PRIMITIVES or wanted in self._written or wanted not in self._others:
            return name
        return self._definition(self._others[wanted], "")

    def _definition(self, data: Json, namespace: str) -> Json:
        name = str(data.get("name", ""))
        space = name.rpartition(".")[0] or str(data.get("namespace", namespace))
        self._written.add(f"{space}.{name.rpartition('.')[2]}".lstrip("."))
        if not isinstance(data.get("fields"), list):
            return data
        fields = [
            {**one, "type": self.schema(one.get("type"), space)} if isinstance(one, dict) else one
            for one in data["fields"]
        ]
        return {**data, "fields": fields}


def _kind(data: Json) -> str:
    kind = data.get("type") if isinstance(data, dict) else None
    return kind if isinstance(kind, str) else ""


def _bundled(data: Json, others: Mapping[str, Json]) -> Json:
    if not isinstance(data, dict):
        return data
    keys = {name: f"{_KEY.sub('_', name)}-{n}" for n, name in enumerate(sorted(others))}
    defs = {
        keys[name]: _led(_bare(one), keys, f"#/$defs/{keys[name]}") for name, one in others.items()
    }
    own = data.get("$defs")
    led = _led(data, keys, "#")
    return {**led, "$defs": {**defs, **(led["$defs"] if isinstance(own, dict) else {})}}


def _bare(data: Json) -> Json:
    """An `$id` or a dialect inside would change what the references below it mean."""
    if not isinstance(data, dict):
        return data
    return {name: one for name, one in data.items() if name not in {"$id", "$schema"}}


def _led(data: Json, keys: Mapping[str, str], here: str) -> Json:
    if isinstance(data, list):
        return [_led(one, keys, here) for one in data]
    if not isinstance(data, dict):
        return data
    return {
        name: _target(one, keys, here)
        if name == "$ref" and isinstance(one, str)
        else _led(one, keys, here)
        for name, one in data.items()
    }


def _target(target: str, keys: Mapping[str, str], here: str) -> str:
    document, _, fragment = target.partition("#")
    if not document:
        return here + fragment
    return f"#/$defs/{keys[document]}{fragment}" if document in keys else target
