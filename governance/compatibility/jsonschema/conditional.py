"""What holds on a condition: `not`, `if`, and what the presence of a name asks for."""

from collections.abc import Iterator

from governance.compatibility.jsonschema.apart import apart
from governance.compatibility.jsonschema.comparing import Comparing, only_unjudged, unjudged
from governance.compatibility.jsonschema.content import hard_unevaluated, says_nothing
from governance.compatibility.jsonschema.difference import Difference
from governance.compatibility.jsonschema.view import Node, Said, View
from governance.contract.artifact import Json, escape

Side = tuple[Node, View]


def not_differences(comparing: Comparing, old: Side, new: Side) -> Iterator[Difference]:
    """A newer `not` may shut out no more than an older one did."""
    before = old[1].said("not")
    for after in new[1].said("not"):
        shut = Node(new[0].document, (after.at,))
        nearest = None
        for said in before:
            found = comparing.compare(shut, Node(old[0].document, (said.at,)))
            nearest = (said, found)
            if comparing.all_pass(found):
                if found:
                    value = (said.value, after.value)
                    yield Difference("NOT_TYPE_NARROWED", said.at, after.at, *value)
                break
        else:
            if apart(comparing, old[0], shut):
                continue
            if nearest and only_unjudged(nearest[1], comparing.policy):
                yield from nearest[1]
                continue
            where = nearest[0].at if nearest else old[0].pointer
            was = nearest[0].value if nearest else None
            yield Difference("NOT_TYPE_EXTENDED", where, after.at, was, after.value)


def if_differences(comparing: Comparing, old: Side, new: Side) -> Iterator[Difference]:
    """Under the same condition each outcome is compared; without it both have to hold."""
    for place, schema in new[1].conjuncts:
        outcomes = [name for name in ("then", "else") if not says_nothing(schema.get(name, True))]
        if "if" not in schema or not outcomes:
            continue
        same = _same_condition(comparing, old, new[0], schema["if"])
        for name in outcomes:
            newer = Node(new[0].document, (f"{place}/{name}",))
            with_it = f"{same}/{name}" if same is not None else ""
            written = same is not None and not says_nothing(old[0].document.at(with_it))
            given = old[0]._replace(places=(*old[0].places, with_it)) if written else old[0]
            if not comparing.fits(given, newer):
                yield from _outcome(comparing, given, newer, same)


def _outcome(
    comparing: Comparing, given: Node, newer: Node, same: str | None
) -> Iterator[Difference]:
    if same is None:
        yield unjudged(given.pointer, newer.pointer, "the condition `if` is new or changed")
    else:
        yield from comparing.compare(given, newer)


def _same_condition(comparing: Comparing, old: Side, new: Node, asked: Json) -> str | None:
    for place, schema in old[1].conjuncts:
        if "if" in schema and comparing.sameness.same(old[0], schema["if"], new, asked):
            return place
    return None


def dependent_differences(comparing: Comparing, old: Side, new: Side) -> Iterator[Difference]:
    before, after = _dependents(old), _dependents(new)
    for name in after:
        for said in after[name]:
            was = before.get(name, [])
            if isinstance(said.value, list):
                yield from _names_asked(old, was, said)
            elif not says_nothing(said.value):
                yield from _schema_asked(comparing, old, was, Node(new[0].document, (said.at,)))
    for name, said_before in before.items():
        if name not in after:
            for said in said_before:
                kind = "ARRAY" if isinstance(said.value, list) else "SCHEMA"
                yield Difference(f"DEPENDENCY_{kind}_REMOVED", said.at, None, said.value, None)


def _dependents(side: Side) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = {}
    older = side[0].document.ignores_siblings
    for keyword in ("dependencies", *(() if older else ("dependentRequired", "dependentSchemas"))):
        for said in side[1].said(keyword):
            for name, value in said.value.items() if isinstance(said.value, dict) else ():
                at = f"{said.at}/{escape(name)}"
                found.setdefault(name, []).append(Said(value, at))
    return found


def _names_asked(old: Side, was: list[Said], said: Said) -> Iterator[Difference]:
    lists = [one for one in was if isinstance(one.value, list)]
    granted = {name for one in lists for name in one.value}
    granted |= {name for one in old[1].said("required") for name in _texts(one.value)}
    missing = [name for name in said.value if name not in granted]
    if not lists:
        if missing:
            yield Difference("DEPENDENCY_ARRAY_ADDED", old[0].pointer, said.at, None, said.value)
        return
    before = lists[0]
    if missing:
        kept = all(name in said.value for one in lists for name in one.value)
        rule = "DEPENDENCY_ARRAY_EXTENDED" if kept else "DEPENDENCY_ARRAY_CHANGED"
        yield Difference(rule, before.at, said.at, before.value, said.value)
    elif set(before.value) != set(said.value):
        yield Difference("DEPENDENCY_ARRAY_NARROWED", before.at, said.at, before.value, said.value)


def _texts(value: Json) -> list[str]:
    return value if isinstance(value, list) else []


def _schema_asked(
    comparing: Comparing, old: Side, was: list[Said], new: Node
) -> Iterator[Difference]:
    schemas = [one.at for one in was if not isinstance(one.value, list)]
    given = old[0]._replace(places=(*old[0].places, *schemas))
    if comparing.fits(given, new):
        return
    if schemas:
        yield from comparing.compare(given, new)
    else:
        yield Difference("DEPENDENCY_SCHEMA_ADDED", old[0].pointer, new.pointer)


def unevaluated_differences(comparing: Comparing, old: Side, new: Side) -> Iterator[Difference]:
    """What other schemas have looked at is not worked out: only the same text passes."""
    if new[0].document.ignores_siblings:
        return
    same = comparing.sameness.same
    for at, keyword in hard_unevaluated(new[1]):
        after = new[0].document.at(at)
        if any(same(old[0], before, new[0], after) for _, before in old[1].conjuncts):
            continue
        because = f"{keyword} depends on what the schemas beside it look at"
        yield unjudged(old[0].pointer, f"{at}/{keyword}", because)


def unresolved_differences(comparing: Comparing, old: Side, new: Side) -> Iterator[Difference]:
    known = {said.value for said in old[1].unresolved}
    same = bool(new[1].unresolved) and comparing.sameness.definitions(old[0], new[0])
    for said in new[1].unresolved:
        if said.value not in known or not same:
            because = f"the reference {said.value} leads outside the document, or nowhere"
            yield unjudged(old[0].pointer, said.at, because)
