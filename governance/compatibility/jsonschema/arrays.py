"""Arrays: what each item holds, how many there are, what they contain."""

from collections.abc import Iterator
from typing import NamedTuple

from governance.compatibility.jsonschema.bound import largest, lower, smallest, upper
from governance.compatibility.jsonschema.comparing import Comparing, unjudged
from governance.compatibility.jsonschema.content import is_never, says_nothing
from governance.compatibility.jsonschema.difference import Difference
from governance.compatibility.jsonschema.view import Node, Said, View
from governance.contract.artifact import Json

_PARTIAL = "BY_PARTIALLY_OPEN_CONTENT_MODEL"
_APPLYING = ("$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "if", "contains")


class Items(NamedTuple):
    """The first items one by one, and what every item behind them holds."""

    first: tuple[str, ...]
    rest: str | None
    keyword: str  # of the rest


class ItemModel:
    """The item models of every place of a node together."""

    def __init__(self, node: Node, seen: View) -> None:
        self._node = node
        self.models = [_items(node, at, schema) for at, schema in seen.conjuncts]
        self.length = max((len(one.first) for one in self.models), default=0)

    def at(self, index: int) -> Node:
        """Return what the item at *index* holds."""
        return self._together(
            one.first[index] if index < len(one.first) else one.rest for one in self.models
        )

    @property
    def rest(self) -> Node:
        return self._together(one.rest for one in self.models)

    @property
    def rest_said(self) -> Said | None:
        """What is said of the rest, the keyword in place of the value."""
        found = [Said(one.keyword, one.rest) for one in self.models if one.rest is not None]
        return found[0] if found else None

    def place(self, index: int) -> str:
        return next(one.first[index] for one in self.models if index < len(one.first))

    def _together(self, places: "Iterator[str | None]") -> Node:
        document = self._node.document
        kept = (at for at in places if at is not None and not says_nothing(document.at(at)))
        return Node(document, tuple(dict.fromkeys(kept)))


def _items(node: Node, at: str, schema: dict[str, Json]) -> Items:
    newer = node.document.has_prefix_items and not isinstance(schema.get("items"), list)
    listed = "prefixItems" if newer else "items"
    first = schema.get(listed)
    if isinstance(first, list):
        behind = "items" if newer else "additionalItems"
        places = tuple(f"{at}/{listed}/{index}" for index in range(len(first)))
    else:
        behind, places = "items", ()
    unevaluated = "unevaluatedItems" in schema and not node.document.ignores_siblings
    if behind not in schema and unevaluated and not _looks(schema):
        behind = "unevaluatedItems"
    return Items(places, f"{at}/{behind}" if behind in schema else None, behind)


def _looks(schema: dict[str, Json]) -> bool:
    return any(keyword in schema for keyword in _APPLYING)


def array_differences(
    comparing: Comparing, old: tuple[Node, View], new: tuple[Node, View]
) -> Iterator[Difference]:
    before, after = old[1], new[1]
    yield from lower(largest(before, "minItems"), largest(after, "minItems"), "MIN_ITEMS", least=0)
    had, has = ItemModel(*old), ItemModel(*new)
    most = had.length if is_never(had.rest) else None
    yield from upper(
        smallest(before, "maxItems"), smallest(after, "maxItems"), "MAX_ITEMS", most=most
    )
    yield from _unique_differences(before, after, most)
    yield from _item_differences(comparing, had, has)
    yield from _rest_differences(comparing, had, has)
    yield from _contains_differences(comparing, old, new)


def _unique_differences(before: View, after: View, most: int | None) -> Iterator[Difference]:
    was = [said for said in before.said("uniqueItems") if said.value is True]
    now = [said for said in after.said("uniqueItems") if said.value is True]
    if now and not was and (most is None or most > 1):
        yield Difference("UNIQUE_ITEMS_ADDED", "", now[0].at, None, now[0].value)
    elif was and not now:
        yield Difference("UNIQUE_ITEMS_REMOVED", was[0].at, None, was[0].value, None)


def _item_differences(comparing: Comparing, had: ItemModel, has: ItemModel) -> Iterator[Difference]:
    for index in range(max(had.length, has.length)):
        old, new = had.at(index), has.at(index)
        if index >= has.length:
            yield from _removed(comparing, old, new, had.place(index))
        elif index >= had.length:
            yield from _added(comparing, had, old, new, has.place(index))
        else:
            yield from comparing.compare(old, new)


def _removed(comparing: Comparing, old: Node, new: Node, at: str) -> Iterator[Difference]:
    if not new.places:
        rule = "ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL"
    elif is_never(old):
        rule = "ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL"
    elif is_never(new):
        rule = "ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL"
    else:
        covered = comparing.fits(old, new)
        rule = f"ITEM_REMOVED_{'IS' if covered else 'NOT'}_COVERED_{_PARTIAL}"
    yield Difference(rule, at, None, old.document.at(at), None)


def _added(
    comparing: Comparing, had: ItemModel, old: Node, new: Node, at: str
) -> Iterator[Difference]:
    schema = new.document.at(at)
    is_tuple = at.rpartition("/")[0].endswith("/items")
    became_tuple = is_tuple and had.length == 0 and bool(old.places)
    if is_never(old):
        rule = "ITEM_ADDED_TO_CLOSED_CONTENT_MODEL"
    elif not old.places and not new.places:
        rule = "ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL"
    elif not old.places or became_tuple:
        rule = "ITEM_ADDED_TO_OPEN_CONTENT_MODEL"
    else:
        covered = comparing.fits(old, new)
        rule = f"ITEM_ADDED_{'IS' if covered else 'NOT'}_COVERED_{_PARTIAL}"
    yield Difference(rule, old.pointer, at, None, schema)


def _rest_differences(comparing: Comparing, had: ItemModel, has: ItemModel) -> Iterator[Difference]:
    old, new = had.rest, has.rest
    was, now = had.rest_said, has.rest_said
    where, at = (was.at if was else ""), (now.at if now else None)
    before, after = old.document.at(where), new.document.at(at or "")
    shown = (before if was else None, after if now else None)
    if is_never(old) or (not old.places and not new.places):
        if not is_never(new) and old.places:
            yield Difference(f"{_rest_name(had, has)}_ADDED", where, at, *shown)
    elif had.length == has.length == 0 and not (old.places and new.places):
        rule = "SCHEMA_ADDED" if new.places else "SCHEMA_REMOVED"
        yield Difference(rule, where, at, *shown)
    elif is_never(new):
        yield Difference(f"{_rest_name(had, has)}_REMOVED", where, at, *shown)
    elif not (old.places and new.places):
        word = "NARROWED" if new.places else "EXTENDED"
        yield Difference(f"{_rest_name(had, has)}_{word}", where, at, *shown)
    else:
        yield from comparing.compare(old, new)


def _rest_name(had: ItemModel, has: ItemModel) -> str:
    said = has.rest_said or had.rest_said
    unevaluated = said is not None and said.value == "unevaluatedItems"
    return "UNEVALUATED_ITEMS" if unevaluated else "ADDITIONAL_ITEMS"


def _contains_differences(
    comparing: Comparing, old: tuple[Node, View], new: tuple[Node, View]
) -> Iterator[Difference]:
    before, after = old[1].said("contains"), new[1].said("contains")
    if len(before) > 1 or len(after) > 1:
        yield from _several(comparing, old, new)
    elif after:
        yield from _contained(comparing, old, new)
    elif before:
        yield Difference("SCHEMA_REMOVED", before[0].at, None, before[0].value, None)


def _contained(
    comparing: Comparing, old: tuple[Node, View], new: tuple[Node, View]
) -> Iterator[Difference]:
    (after,) = new[1].said("contains")
    before = next(iter(old[1].said("contains")), None)
    most = _count(new, "maxContains")
    if before is None:
        if most is not None or _least(new) > 0:
            yield Difference("SCHEMA_ADDED", old[0].pointer, after.at, None, after.value)
        return
    was = Node(old[0].document, (before.at,))
    now = Node(new[0].document, (after.at,))
    if _least(new) > 0:
        yield from comparing.compare(was, now)
    if most is not None and not comparing.fits(now, was):
        yield unjudged(before.at, after.at, "more items may count towards maxContains than before")
    yield from _count_differences(old, new)


def _count_differences(old: tuple[Node, View], new: tuple[Node, View]) -> Iterator[Difference]:
    asked, asks = Said(_least(old), old[0].pointer), Said(_least(new), new[0].pointer)
    was, now = _count(old, "minContains") or asked, _count(new, "minContains") or asks
    yield from lower(was, now, "MIN_CONTAINS")
    yield from upper(_count(old, "maxContains"), _count(new, "maxContains"), "MAX_CONTAINS")


def _several(
    comparing: Comparing, old: tuple[Node, View], new: tuple[Node, View]
) -> Iterator[Difference]:
    """Several `contains` hold together: each is one of the older schema's, or is new."""
    counted = any(new[1].said(one) for one in ("minContains", "maxContains"))
    for after in new[1].said("contains"):
        now = Node(new[0].document, (after.at,))
        held = any(
            comparing.fits(Node(old[0].document, (before.at,)), now)
            for before in old[1].said("contains")
        )
        if counted or not held:
            yield Difference("SCHEMA_ADDED", old[0].pointer, after.at, None, after.value)


def _count(side: tuple[Node, View], keyword: str) -> Said | None:
    """Contained items are counted since 2019-09."""
    if side[0].document.ignores_siblings:
        return None
    return next((one for one in side[1].said(keyword) if isinstance(one.value, int)), None)


def _least(side: tuple[Node, View]) -> int:
    """How many items `contains` asks for: one, unless `minContains` says otherwise."""
    said = _count(side, "minContains")
    return int(said.value) if said else 1
