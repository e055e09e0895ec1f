"""
Schemas made of schemas: `allOf`, `anyOf`, `oneOf`, `prefixItems`, and what tells them apart.

Branches that refer to the same component are one branch, changed or not; so are equal
ones, ones of the same title, and the only one left on either side.
"""

from collections.abc import Callable, Iterator

import msgspec

from governance.compatibility.openapi.document import listed, mapping
from governance.compatibility.openapi.fact import Fact, shown
from governance.compatibility.openapi.schema import ANNOTATIONS, Schema
from governance.contract.artifact import Json

COMBINED = {"allOf": "all-of", "anyOf": "any-of", "oneOf": "one-of", "prefixItems": "prefix-items"}


class Branches(msgspec.Struct, frozen=True):
    """Positions: of branches on both sides, only in the newer, only in the older list."""

    pairs: tuple[tuple[int, int], ...]
    added: tuple[int, ...]
    removed: tuple[int, ...]


def branches(keyword: str, old: Schema, new: Schema) -> Branches:
    before, after = (listed(one.keywords.get(keyword)) for one in (old, new))
    if keyword == "prefixItems":
        both = min(len(before), len(after))
        pairs = tuple((n, n) for n in range(both))
        return Branches(pairs, tuple(range(both, len(after))), tuple(range(both, len(before))))
    left, right = dict(enumerate(before)), dict(enumerate(after))
    found = [pair for sign in (_reference, _text, _title) for pair in _matched(left, right, sign)]
    if len(left) == len(right) == 1 and not any(map(_named, [*left.values(), *right.values()])):
        found.append((left.popitem()[0], right.popitem()[0]))
    return Branches(tuple(found), tuple(right), tuple(left))


def combination_changes(old: Schema, new: Schema, *, wrapped: bool) -> Iterator[Fact]:
    """Yield the branches that came and went; none of a union that *wrapped* the whole schema."""
    for keyword, word in COMBINED.items():
        if keyword in old.keywords or keyword in new.keywords:
            found = branches(keyword, old, new)
            yield from _came_and_went(keyword, word, new, found.added, "added")
            yield from _came_and_went(keyword, word, old, found.removed, "removed")
    if wrapped:
        yield Fact(
            rules=("{at}-wrapped-in-one-of",),
            said="what was one object is now one of several",
            pointer=f"{new.pointer}/oneOf",
        )
    yield from _discriminator(old, new)


def wraps(old: Schema, new: Schema) -> bool:
    """Say whether the properties of *old* now stand in the branches of a `oneOf`."""
    return bool(
        old.properties
        and "oneOf" not in old.keywords
        and not new.properties
        and any(one in branch for branch in _branch_properties(new) for one in old.properties)
    )


def _branch_properties(schema: Schema) -> list[dict[str, Json]]:
    found = (mapping(mapping(one).get("properties")) for one in listed(schema.keywords["oneOf"]))
    return list(found)


def _came_and_went(
    keyword: str, word: str, standing: Schema, positions: tuple[int, ...], action: str
) -> Iterator[Fact]:
    whole = listed(standing.keywords.get(keyword))
    silent = [n for n in positions if keyword == "allOf" and _annotates(whole[n])]
    for suffix, some in (
        ("", [n for n in positions if n not in silent]),
        ("-annotation-only", silent),
    ):
        if some:
            called = ", ".join(_called(whole[n], n) for n in some)
            verb = "was added to" if action == "added" else "was taken from"
            yield Fact(
                rules=(f"{{at}}-{word}-{action}{suffix}",),
                said=f"{called} {verb} {keyword}",
                pointer=f"{standing.pointer}/{keyword}/{some[0]}",
                before=called if action == "removed" else None,
                after=called if action == "added" else None,
            )


def _annotates(branch: Json) -> bool:
    return isinstance(branch, dict) and "$ref" not in branch and branch.keys() <= ANNOTATIONS


def _called(branch: Json, position: int) -> str:
    name = _reference(branch) or _title(branch)
    return name.rpartition("/")[2] if name else f"branch {position + 1}"


def _matched(
    left: dict[int, Json], right: dict[int, Json], sign: Callable[[Json], str | None]
) -> list[tuple[int, int]]:
    """Take from both sides the branches that bear the same sign, the first with the first."""
    bearing: dict[str, list[int]] = {}
    for position, branch in right.items():
        mark = sign(branch)
        if mark is not None:
            bearing.setdefault(mark, []).append(position)
    found = []
    for position, branch in list(left.items()):
        matching = bearing.get(sign(branch) or "")
        if matching:
            found.append((position, matching.pop(0)))
            del left[position], right[found[-1][1]]
    return found


def _reference(branch: Json) -> str | None:
    target = mapping(branch).get("$ref")
    return target if isinstance(target, str) else None


def _text(branch: Json) -> str | None:
    return msgspec.json.encode(branch, order="sorted").decode()


def _title(branch: Json) -> str | None:
    title = mapping(branch).get("title")
    return title if isinstance(title, str) and title and "$ref" not in branch else None


def _named(branch: Json) -> bool:
    return _reference(branch) is not None or _title(branch) is not None


def _discriminator(old: Schema, new: Schema) -> Iterator[Fact]:
    before, after = (mapping(one.keywords.get("discriminator")) for one in (old, new))
    rule = "{at}-discriminator"
    pointer = f"{(new if after else old).pointer}/discriminator"
    if bool(before) != bool(after):
        word = "added" if after else "removed"
        said = "a property now tells" if after else "no property tells any more"
        yield Fact(rules=(f"{rule}-{word}",), said=f"{said} which branch it is", pointer=pointer)
        return
    was, now = before.get("propertyName"), after.get("propertyName")
    if was != now:
        said = f"the property that tells which branch it is went from {was} to {now}"
        known = (f"{rule}-property-name-changed",)
        yield Fact(rules=known, said=said, pointer=pointer, before=was, after=now)
    yield from _mapped(mapping(before.get("mapping")), mapping(after.get("mapping")), pointer)


def _mapped(before: dict[str, Json], after: dict[str, Json], pointer: str) -> Iterator[Fact]:
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        word = "deleted" if now is None else "added" if was is None else "changed"
        yield Fact(
            rules=(f"{{at}}-discriminator-mapping-{word}",),
            said=f"the value {name} stands for {shown(now or 'nothing')}, not for "
            f"{shown(was or 'nothing')}",
            pointer=f"{pointer}/mapping",
            before=was,
            after=now,
            mark=name,
        )
