"""Two JSON Schemas: does the newer one accept whatever the older one allowed?"""

from collections.abc import Iterator

from governance.compatibility.comparison import Policy
from governance.compatibility.jsonschema.arrays import array_differences
from governance.compatibility.jsonschema.combined import branch_of, union_differences
from governance.compatibility.jsonschema.comparing import Comparing, only_unjudged
from governance.compatibility.jsonschema.conditional import (
    dependent_differences,
    if_differences,
    not_differences,
    unevaluated_differences,
    unresolved_differences,
)
from governance.compatibility.jsonschema.difference import Difference, told
from governance.compatibility.jsonschema.document import Document
from governance.compatibility.jsonschema.enumeration import Values, enum_differences, listed
from governance.compatibility.jsonschema.holding import holds
from governance.compatibility.jsonschema.kind import ALL, NUMBERS, Kinds, kind_differences, kinds
from governance.compatibility.jsonschema.number import number_differences
from governance.compatibility.jsonschema.objects import Sides, name_node, object_differences
from governance.compatibility.jsonschema.sameness import written_alike
from governance.compatibility.jsonschema.text import text_differences
from governance.compatibility.jsonschema.view import Node, View
from governance.contract.artifact import Json
from governance.contract.finding import Finding

_FEW = 10_000
_ANNOTATIONS = (
    ("title", "TITLE_CHANGED"),
    ("description", "DESCRIPTION_CHANGED"),
    ("default", "DEFAULT_CHANGED"),
    ("$id", "ID_CHANGED"),
)
Side = tuple[Node, View]


def differences(old: Json, new: Json, policy: Policy) -> list[Finding]:
    """Return what is different in *new* for those who hold documents that *old* allowed."""
    if written_alike(old, new):
        return []
    return differences_of(Node(Document(old), ("",)), Node(Document(new), ("",)), policy)


def differences_of(old: Node, new: Node, policy: Policy) -> list[Finding]:
    """Return the same of two schemas, each somewhere in a document that holds more."""
    found = Comparing(policy, _differences).replaced(old, new)
    return [told(one, policy) for one in found]


def _differences(comparing: Comparing, old: Node, new: Node) -> Iterator[Difference]:
    before, after = (old, comparing.view(old)), (new, comparing.view(new))
    allowed = kinds(before[1], old)
    if not allowed:
        return
    plain = list(_plain_differences(comparing, before, after, allowed))
    if before[1].unions and not comparing.all_pass(plain):
        yield from _by_branch(comparing, before, new)
        return
    yield from plain
    yield from union_differences(comparing, before, after)


def _by_branch(comparing: Comparing, old: Side, new: Node) -> Iterator[Difference]:
    """What the older schema says beside its union is not enough: each branch has to do."""
    union = old[1].unions[0]
    found = {
        branch: comparing.compare(branch_of(old[0], union, branch), new)
        for branch in union.branches
    }
    some_fit = any(comparing.all_pass(one) for one in found.values())
    for branch, one in found.items():
        if not some_fit or comparing.all_pass(one) or only_unjudged(one, comparing.policy):
            yield from one
        else:
            because = "what this branch allowed is not accepted any more"
            gone = old[0].document.at(branch)
            yield Difference("SUM_TYPE_NARROWED", branch, new.pointer, gone, None, because)


def _plain_differences(
    comparing: Comparing, old: Side, new: Side, allowed: Kinds
) -> Iterator[Difference]:
    """Everything but unions; kinds of value that the older schema never lets in do not count."""
    accepted = kinds(new[1], new[0])
    if not (set(accepted) & allowed):
        yield from kind_differences((*old, allowed), (*new, frozenset()))
        return
    values = listed(old[1])
    if values is not None and _all_hold(values, new):
        yield from enum_differences(old[1], new[1], old_is_finite=None)
        return
    typed = kinds(View(conjuncts=new[1].conjuncts), new[0]) if listed(new[1]) is None else ALL
    if listed(new[1]) is None or not allowed <= accepted:
        yield from kind_differences((*old, allowed), (*new, accepted))
    yield from enum_differences(old[1], new[1], old_is_finite=_finite(allowed))
    yield from _by_kind(comparing, old, new, allowed & typed)
    yield from not_differences(comparing, old, new)
    yield from if_differences(comparing, old, new)
    yield from unevaluated_differences(comparing, old, new)
    yield from unresolved_differences(comparing, old, new)
    yield from _annotation_differences(old, new)


def _all_hold(values: Values, new: Side) -> bool:
    """Whether each listed value passes by itself, whatever else the older schema says."""
    return len(values) <= _FEW and all(
        holds(value, new[1], new[0]) is True for value in values.values()
    )


def _finite(allowed: Kinds) -> Values | None:
    if allowed <= {"boolean", "null"}:
        values: Values = {}
        if "boolean" in allowed:
            values |= {("bool", True): True, ("bool", False): False}
        if "null" in allowed:
            values |= {("NoneType", None): None}
        return values
    return None


def _by_kind(comparing: Comparing, old: Side, new: Side, allowed: Kinds) -> Iterator[Difference]:
    if allowed & NUMBERS:
        whole = "fraction" not in allowed
        yield from number_differences(old[1], new[1], whole=whole)
    if "string" in allowed:
        yield from text_differences(old[1], new[1])
    if "array" in allowed:
        yield from array_differences(comparing, old, new)
    if "object" in allowed:
        yield from object_differences(comparing, Sides(old, new))
        yield from dependent_differences(comparing, old, new)
        yield from _name_differences(comparing, old, new)


def _name_differences(comparing: Comparing, old: Side, new: Side) -> Iterator[Difference]:
    before, after = name_node(old[1], old[0]), name_node(new[1], new[0])
    if after.places:
        found = comparing.compare(before, after)
        if before.places or comparing.all_pass(found):
            yield from found
        else:
            at = after.pointer
            yield Difference("SCHEMA_ADDED", old[0].pointer, at, None, new[0].document.at(at))
    elif before.places:
        at = before.pointer
        yield Difference("SCHEMA_REMOVED", at, None, old[0].document.at(at), None)


def _annotation_differences(old: Side, new: Side) -> Iterator[Difference]:
    for keyword, rule in _ANNOTATIONS:
        before, after = old[1].said(keyword)[:1], new[1].said(keyword)[:1]
        was, now = (before[0].value if before else None), (after[0].value if after else None)
        if was != now and not isinstance(was if was is not None else now, dict | list):
            where = before[0].at if before else old[0].pointer
            yield Difference(rule, where, after[0].at if after else None, was, now)
