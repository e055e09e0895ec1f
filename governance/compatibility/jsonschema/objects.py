"""Objects: what each name holds, which names must be there, how many there are."""

from collections.abc import Iterator

from governance.compatibility.jsonschema.bound import largest, lower, smallest, upper
from governance.compatibility.jsonschema.comparing import Comparing, unjudged
from governance.compatibility.jsonschema.content import ContentModel, is_never
from governance.compatibility.jsonschema.difference import Difference
from governance.compatibility.jsonschema.pattern import matches_everything
from governance.compatibility.jsonschema.view import Node, Said, View
from governance.contract.artifact import Json

_OPEN = "OPEN_CONTENT_MODEL"
_CLOSED = "CLOSED_CONTENT_MODEL"
_UNOPEN = "UNOPEN_CONTENT_MODEL"
_PARTIAL = "BY_PARTIALLY_OPEN_CONTENT_MODEL"


class Sides:
    """Both schemas of an object, read once."""

    def __init__(self, old: tuple[Node, View], new: tuple[Node, View]) -> None:
        self.old, self.new = old[0], new[0]
        self.before, self.after = old[1], new[1]
        self.had = ContentModel(*old)
        self.has = ContentModel(*new)
        self.required_before = required(old[1])
        self.required_after = required(new[1])


def object_differences(comparing: Comparing, sides: Sides) -> Iterator[Difference]:
    if not comparing.spend(_work(sides)):
        because = "there are too many names, and patterns of names, to match them all"
        yield unjudged(sides.old.pointer, sides.new.pointer, because)
        return
    yield from _count_differences(sides)
    yield from _name_differences(comparing, sides)
    yield from _required_differences(sides)
    yield from _pattern_differences(comparing, sides)
    yield from _other_differences(comparing, sides)


def _work(sides: Sides) -> int:
    """Every name is looked for in every place that holds, and matched with every pattern."""
    names = len(sides.had.names) + len(sides.has.names)
    patterns = len(sides.had.patterns) + len(sides.has.patterns)
    places = len(sides.had.contents) + len(sides.has.contents)
    return names * (places + patterns) + patterns * patterns


def required(seen: View) -> dict[str, str]:
    """Return the names that must be there, and where that is said."""
    found: dict[str, str] = {}
    for said in seen.said("required"):
        if isinstance(said.value, list):
            found |= {name: said.at for name in said.value if isinstance(name, str)}
    return found


def _count_differences(sides: Sides) -> Iterator[Difference]:
    before, after = sides.before, sides.after
    yield from lower(
        largest(before, "minProperties"),
        largest(after, "minProperties"),
        "MIN_PROPERTIES",
        least=len(sides.required_before),
    )
    closed = is_never(sides.had.others) and not sides.had.patterns
    yield from upper(
        smallest(before, "maxProperties"),
        smallest(after, "maxProperties"),
        "MAX_PROPERTIES",
        most=len(sides.had.names) if closed else None,
    )


def _name_differences(comparing: Comparing, sides: Sides) -> Iterator[Difference]:
    for name in {**sides.had.names, **sides.has.names}:
        old = sides.had.of(name, newer=False)
        new = sides.has.of(name, newer=True)
        if name not in sides.has.names:
            yield from _removed(comparing, sides, name, old, new)
        elif name not in sides.had.names:
            yield from _added(comparing, sides, name, old, new)
        else:
            yield from comparing.replaced(
                old._replace(places=old.places or sides.had.names[name]),
                new._replace(places=new.places or sides.has.names[name]),
            )


def _removed(
    comparing: Comparing, sides: Sides, name: str, old: Node, new: Node
) -> Iterator[Difference]:
    at = sides.had.names[name][0]
    schema = sides.old.document.at(at)
    if not new.places:
        rule = f"PROPERTY_REMOVED_FROM_{_OPEN}"
    elif is_never(old):
        rule = f"PROPERTY_WITH_FALSE_REMOVED_FROM_{_CLOSED}"
    elif is_never(new):
        rule = f"PROPERTY_REMOVED_FROM_{_CLOSED}"
    else:
        covered = comparing.fits(old, new)
        rule = f"PROPERTY_REMOVED_{'IS' if covered else 'NOT'}_COVERED_{_PARTIAL}"
    yield Difference(rule, at, None, schema, None)


def _added(
    comparing: Comparing, sides: Sides, name: str, old: Node, new: Node
) -> Iterator[Difference]:
    at = sides.has.names[name][0]
    schema = sides.new.document.at(at)
    where = sides.old.pointer
    demanded = name in sides.required_after and name not in sides.required_before
    if is_never(old):
        yield Difference(f"{_wanted(sides, name)}_ADDED_TO_{_UNOPEN}", where, at, None, schema)
    elif not old.places and not new.places and not demanded:
        rule = f"PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_{_OPEN}"
        yield Difference(rule, where, at, None, schema)
    elif not old.places:
        yield Difference(f"{_wanted(sides, name)}_ADDED_TO_{_OPEN}", where, at, None, schema)
    else:
        covered = comparing.fits(old, new)
        rule = f"PROPERTY_ADDED_{'IS' if covered else 'NOT'}_COVERED_{_PARTIAL}"
        yield Difference(rule, where, at, None, schema)
        if demanded:
            yield Difference(f"{_wanted(sides, name)}_ADDED_TO_{_UNOPEN}", where, at, None, schema)


def _wanted(sides: Sides, name: str) -> str:
    if name not in sides.required_after or name in sides.required_before:
        return "OPTIONAL_PROPERTY"
    return "REQUIRED_PROPERTY_WITH_DEFAULT" if _has_default(sides, name) else "REQUIRED_PROPERTY"


def _has_default(sides: Sides, name: str) -> bool:
    schemas = [sides.new.document.at(at) for at in sides.has.names.get(name, ())]
    return any(isinstance(schema, dict) and "default" in schema for schema in schemas)


def _required_differences(sides: Sides) -> Iterator[Difference]:
    for name, at in sides.required_after.items():
        is_added = name in sides.has.names and name not in sides.had.names
        if name in sides.required_before or is_added:
            continue
        word = "WITH_DEFAULT_ADDED" if _has_default(sides, name) else "ADDED"
        yield Difference(f"REQUIRED_ATTRIBUTE_{word}", sides.old.pointer, at, None, name)
    for name, at in sides.required_before.items():
        if name not in sides.required_after:
            yield Difference("REQUIRED_ATTRIBUTE_REMOVED", at, None, name, None)


def _pattern_differences(comparing: Comparing, sides: Sides) -> Iterator[Difference]:
    """
    A name may match several patterns, and whether two overlap is not known.

    So a new pattern has to accept what every other old pattern, and any other name, held.
    """
    had, has = sides.had, sides.has
    for pattern, places in has.patterns.items():
        new = has.node(places)
        if pattern in had.patterns:
            yield from comparing.compare(had.node(had.patterns[pattern]), new)
        elif new.places:
            yield from _added_pattern(comparing, sides, pattern, new)
    for pattern, places in had.patterns.items():
        rest = has.node(has.others_beside(pattern))
        if rest.places or pattern not in has.patterns:
            yield from _removed_pattern(comparing, had.node(places), places[0], rest)


def _added_pattern(
    comparing: Comparing, sides: Sides, pattern: str, new: Node
) -> Iterator[Difference]:
    had = sides.had
    where, at = sides.old.pointer, sides.has.patterns[pattern][0]
    schema = new.document.at(at)
    if not had.patterns and not had.others.places:
        yield Difference(f"PROPERTY_ADDED_TO_{_OPEN}", where, at, None, schema)
        return
    others = [had.node(places) for one, places in had.patterns.items() if one != pattern]
    if not is_never(had.others):
        others.append(had.others)
    if not others:
        yield Difference(f"OPTIONAL_PROPERTY_ADDED_TO_{_UNOPEN}", where, at, None, schema)
        return
    covered = all(comparing.fits(old, new) for old in others)
    rule = f"PROPERTY_ADDED_{'IS' if covered else 'NOT'}_COVERED_{_PARTIAL}"
    yield Difference(rule, where, at, None, schema)


def _removed_pattern(comparing: Comparing, old: Node, at: str, rest: Node) -> Iterator[Difference]:
    """Compare *old*, what a pattern held, with what *rest* says of names without a pattern."""
    schema = old.document.at(at)
    if not rest.places:
        rule = f"PROPERTY_REMOVED_FROM_{_OPEN}"
    elif is_never(old):
        rule = f"PROPERTY_WITH_FALSE_REMOVED_FROM_{_CLOSED}"
    elif is_never(rest):
        rule = f"PROPERTY_REMOVED_FROM_{_CLOSED}"
    else:
        covered = comparing.fits(old, rest)
        rule = f"PROPERTY_REMOVED_{'IS' if covered else 'NOT'}_COVERED_{_PARTIAL}"
    yield Difference(rule, at, None, schema, None)


def _other_differences(comparing: Comparing, sides: Sides) -> Iterator[Difference]:
    old, new = sides.had.others, sides.has.others
    (was, where), (now, at) = sides.had.others_keyword, sides.has.others_keyword
    name = _NAMES[now or was or "additionalProperties"]
    before = Said(sides.old.document.at(where), where) if where else Said(None, "")
    after = Said(sides.new.document.at(at), at) if at else Said(None, "")
    if is_never(old):
        if not is_never(new):
            yield Difference(f"{name}_ADDED", where, at or None, before.value, after.value)
    elif is_never(new):
        yield Difference(f"{name}_REMOVED", where, at, before.value, after.value)
    elif not old.places and new.places:
        yield Difference(f"{name}_NARROWED", where, at, before.value, after.value)
    elif old.places and not new.places:
        yield Difference(f"{name}_EXTENDED", where, at or None, before.value, after.value)
    else:
        yield from comparing.compare(old, new)


_NAMES = {
    "additionalProperties": "ADDITIONAL_PROPERTIES",
    "unevaluatedProperties": "UNEVALUATED_PROPERTIES",
}


def name_node(seen: View, node: Node) -> Node:
    """Return what every name has to hold, being text."""
    places = (said.at for said in seen.said("propertyNames") if not _names_anything(said.value))
    return Node(node.document, tuple(places), "string")


def _names_anything(schema: Json) -> bool:
    if not isinstance(schema, dict):
        return schema is True
    pattern = schema.get("pattern")
    return not schema or (set(schema) == {"pattern"} and matches_everything(pattern))
