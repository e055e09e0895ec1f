"""Types: which kinds of value a schema lets in at all."""

from collections.abc import Iterable, Iterator

from governance.compatibility.jsonschema.difference import Difference
from governance.compatibility.jsonschema.enumeration import listed
from governance.compatibility.jsonschema.view import Node, View, declared
from governance.contract.artifact import Json

Kinds = frozenset[str]
_OF: dict[str, Kinds] = {
    **{one: frozenset({one}) for one in ("null", "boolean", "object", "array", "string")},
    "integer": frozenset({"integer"}),
    "number": frozenset({"integer", "fraction"}),
}
ALL: Kinds = frozenset().union(*_OF.values())
NUMBERS: Kinds = _OF["number"]
_AT_A_WHOLE = ("properties", "patternProperties", "items", "prefixItems")


def kinds(view: View, node: Node) -> Kinds:
    """
    Return the kinds of value that *view* lets in; an integer is no fraction.

    Where type and listed values contradict each other, the type is believed.
    """
    found = ALL if not node.only else _named(node.only)
    for said in view.said("type"):
        found &= _named(said.value)
    found = found & _kinds_listed(view) or found
    return frozenset() if view.never else found


def _kinds_listed(view: View) -> Kinds:
    if "kinds" not in view.memo:
        values = listed(view)
        held = ALL if values is None else frozenset(map(kind_of, values.values()))
        view.memo["kinds"] = held
    found: Kinds = view.memo["kinds"]
    return found


def kind_of(value: Json) -> str:
    """Return the kind of a JSON value; 1.0 is an integer."""
    if value is None:
        return "null"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "fraction"
    return {bool: "boolean", int: "integer", str: "string", list: "array"}.get(
        type(value), "object"
    )


def _named(declared: Json) -> Kinds:
    names: Iterable[Json] = declared if isinstance(declared, list) else [declared]
    return frozenset().union(*(_OF.get(name, frozenset()) for name in names if _is_text(name)))


def _is_text(name: Json) -> bool:
    return isinstance(name, str)


def kind_differences(
    old: tuple[Node, View, Kinds], new: tuple[Node, View, Kinds]
) -> Iterator[Difference]:
    """Compare what is declared; kinds that the older schema never lets in do not count."""
    allowed, accepted = old[2], new[2]
    if allowed == accepted:
        return
    before, after = declared(old[1]), declared(new[1])
    if allowed <= accepted:
        if before != after:
            yield Difference("TYPE_EXTENDED", *_where(old, new), before, after)
    elif accepted and accepted < allowed:
        yield Difference("TYPE_NARROWED", *_where(old, new), before, after)
    else:
        yield Difference("TYPE_CHANGED", *_where(old, new), before, after)


def _where(old: tuple[Node, View, Kinds], new: tuple[Node, View, Kinds]) -> tuple[str, str]:
    before = [said.at for said in old[1].said("type")]
    after = [said.at for said in new[1].said("type")]
    return (before or [old[0].pointer])[0], (after or [new[0].pointer])[0]


def gives_up(old: Node, seen: View, new: Node) -> bool:
    """
    Whether a schema that said something of its own becomes the bare `true`.

    Karapace and Confluent's rules take `true` for an object's schema: whoever relied on
    text or a number is left without a type. An empty schema `{}` only extends.
    """
    if new.only or len(new.places) != 1 or new.document.at(new.pointer) is not True:
        return False
    if new.pointer and new.pointer.rpartition("/")[0].rpartition("/")[2] not in _AT_A_WHOLE:
        return False
    if seen.never:
        return old.document.at(old.pointer) is not False
    types = {str(name) for said in seen.said("type") for name in _as_list(said.value)}
    combined = seen.unions or any(seen.said(one) for one in ("enum", "const", "not"))
    return bool(types - {"object"}) or bool(combined and not types)


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]
