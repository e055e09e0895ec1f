"""Functions that know what an OpenAPI document means: who may call, and how lists are read."""

from typing import Any

import msgspec

from governance.lint.function import Check, Faults
from governance.lint.node import Document, Node

_PAGING = ("cursor", "limit", "page", "offset", "page_size", "pageSize", "page_token", "after")


class _Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    parameters: tuple[str, ...] = _PAGING


def build_secured(_: Any) -> Check:
    """An operation asks for a declared security scheme, by itself or by the document."""

    def check(node: Node, document: Document) -> Faults:
        if not isinstance(node.value, dict) or not isinstance(document.root.value, dict):
            return
        asked = node.value.get("security", document.root.value.get("security"))
        if not isinstance(asked, list) or not any(isinstance(one, dict) and one for one in asked):
            yield "nobody has to say who they are", ()
        elif {} in asked:
            yield "it may be called by anybody, too", ("security",)

    return check


def build_paged(given: Any) -> Check:
    """An operation that answers with a list has a parameter that bounds it."""
    known = msgspec.convert(given or {}, _Parameters).parameters

    def check(node: Node, document: Document) -> Faults:
        if _lists(node, document) and not _names(node, document) & {*known}:
            yield f"a list without a parameter such as {' or '.join(known[:3])}", ()

    return check


def _lists(node: Node, document: Document) -> bool:
    """Whether the answer is an array, or an object that holds one as `items` or `data`."""
    place: Node | None = node
    for key in ("responses", "200", "content", "application/json", "schema"):
        place = place and document.followed(place).child(key)
    if place is None:
        return False
    schema = document.followed(place)
    if not isinstance(schema.value, dict):
        return False
    inner: list[Any] = [schema.value]
    properties = schema.value.get("properties")
    if isinstance(properties, dict):
        inner += [properties.get(name) for name in ("items", "data")]
    return any(isinstance(one, dict) and one.get("type") == "array" for one in inner)


def _names(node: Node, document: Document) -> set[Any]:
    found = set()
    for holder in (node, node.parent):
        parameters = holder.child("parameters") if holder is not None else None
        for one in parameters.children() if parameters is not None else ():
            value = document.followed(one).value
            found.add(value.get("name") if isinstance(value, dict) else None)
    return found
