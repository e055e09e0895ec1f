"""Bounds of a value: how long, how many, how large."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from governance.compatibility.openapi.fact import Fact, shown
from governance.compatibility.openapi.schema import Schema
from governance.contract.artifact import Json


class Bound(msgspec.Struct, frozen=True):
    """`absent`: what the keyword means when it is not there; None: no bound at all."""

    keyword: str
    word: str
    absent: int | None = None
    settable: bool = True


BOUNDS = (
    Bound("maximum", "max"),
    Bound("minimum", "min"),
    Bound("exclusiveMaximum", "exclusive-max"),
    Bound("exclusiveMinimum", "exclusive-min"),
    Bound("maxLength", "max-length"),
    Bound("minLength", "min-length", 0, settable=False),
    Bound("maxItems", "max-items"),
    Bound("minItems", "min-items", 0),
    Bound("maxProperties", "max-properties"),
    Bound("minProperties", "min-properties", 0, settable=False),
    Bound("maxContains", "max-contains"),
    Bound("minContains", "min-contains", 1, settable=False),
)


def bound_changes(old: Schema, new: Schema) -> Iterator[Fact]:
    for bound in BOUNDS:
        before, after = (_number(one.keywords.get(bound.keyword), bound) for one in (old, new))
        if before != after:
            yield _changed(bound, before, after, old, new)
    yield from _multiples(old, new)
    if old.flag("uniqueItems") != new.flag("uniqueItems"):
        unique = new.flag("uniqueItems")
        yield Fact(
            rules=("{at}-unique-items-required" if unique else "{at}-unique-items-dropped",),
            said="items must now differ from each other" if unique else "items may now repeat",
            pointer=f"{new.pointer}/uniqueItems" if unique else f"{old.pointer}/uniqueItems",
            before=not unique,
            after=unique,
        )


def _changed(
    bound: Bound, before: Decimal | None, after: Decimal | None, old: Schema, new: Schema
) -> Fact:
    was, now = old.keywords.get(bound.keyword), new.keywords.get(bound.keyword)
    action = _action(bound, before, after)
    said = {
        "set": f"{bound.keyword} {shown(now)} was set",
        "unset": f"{bound.keyword} {shown(was)} was taken away",
    }.get(action) or f"{bound.keyword} went from {_plain(was, bound)} to {_plain(now, bound)}"
    standing = new if bound.keyword in new.keywords else old
    return Fact(
        rules=(f"{{at}}-{bound.word}-{action}",),
        said=said,
        pointer=f"{standing.pointer}/{bound.keyword}",
        before=was,
        after=now,
        whole=True,
    )


def _action(bound: Bound, before: Decimal | None, after: Decimal | None) -> str:
    if bound.settable and _open(bound, before):
        return "set"
    if bound.settable and _open(bound, after):
        return "unset"
    return "increased" if (after or 0) > (before or 0) else "decreased"


def _open(bound: Bound, value: Decimal | None) -> bool:
    return value is None or (bound.absent is not None and value == bound.absent)


def _multiples(old: Schema, new: Schema) -> Iterator[Fact]:
    was, now = old.keywords.get("multipleOf"), new.keywords.get("multipleOf")
    before, after = _number(was), _number(now)
    if before == after:
        return
    if not before or not after:
        action = "set" if after else "unset"
    elif after % before == 0:
        action = "narrowed"
    else:
        action = "widened" if before % after == 0 else "changed"
    yield Fact(
        rules=(f"{{at}}-multiple-of-{action}",),
        said=f"multipleOf went from {_plain(was)} to {_plain(now)}",
        pointer=f"{(new if after else old).pointer}/multipleOf",
        before=was,
        after=now,
    )


def _number(value: Json, bound: Bound | None = None) -> Decimal | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    absent = bound.absent if bound else None
    return None if absent is None else Decimal(absent)


def _plain(value: Json, bound: Bound | None = None) -> str:
    if value is None:
        return "none" if bound is None or bound.absent is None else str(bound.absent)
    return shown(value)
