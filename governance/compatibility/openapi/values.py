"""Which values may stand: one of a list, exactly one, one like a pattern, one by default."""

from collections.abc import Iterator

import msgspec

from governance.compatibility.openapi.document import listed
from governance.compatibility.openapi.fact import Fact, shown
from governance.compatibility.openapi.schema import Schema
from governance.contract.artifact import Json

_ANYTHING = frozenset({".*", "^.*$", ""})
_ABSENT = object()


def value_changes(old: Schema, new: Schema) -> Iterator[Fact]:
    yield from _listed_values(old, new)
    yield from _extensible(old, new)
    yield from _single("const", "const", old, new)
    yield from _single("default", "default-value", old, new)
    yield from _pattern(old, new)


def _listed_values(old: Schema, new: Schema) -> Iterator[Fact]:
    before, after = _by_text(old, "enum"), _by_text(new, "enum")
    if before.keys() == after.keys():
        return
    pointers = f"{old.pointer}/enum", f"{new.pointer}/enum"
    if not before:
        said = f"only some values may stand: {', '.join(list(after)[:10])}"
        yield Fact(rules=("{at}-became-enum",), said=said, pointer=pointers[1])
        return
    if not after:
        said = "any value may stand where some were listed"
        yield Fact(rules=("{at}-became-not-enum",), said=said, pointer=pointers[0])
        return
    rules = ("{at}-enum-value-removed",)
    for text in _missing(before, after):
        said = f"the value {shown(before[text])} may no longer stand"
        yield Fact(rules=rules, said=said, pointer=pointers[0], before=before[text], mark=text)
    rules = ("{at}-enum-value-added",)
    for text in _missing(after, before):
        said = f"the value {shown(after[text])} may stand, too"
        yield Fact(rules=rules, said=said, pointer=pointers[1], after=after[text], mark=text)


def _missing(these: dict[str, Json], those: dict[str, Json]) -> list[str]:
    return [text for text in these if text not in those]


def _by_text(schema: Schema, keyword: str) -> dict[str, Json]:
    """Return the values by their JSON: `1` is neither `true` nor `"1"`."""
    values = listed(schema.keywords.get(keyword))
    return {msgspec.json.encode(value, order="sorted").decode(): value for value in values}


def _extensible(old: Schema, new: Schema) -> Iterator[Fact]:
    word = "x-extensible-enum"
    before, after = _by_text(old, word), _by_text(new, word)
    for text in _missing(before, after) if after else ():
        yield Fact(
            rules=("{at}-x-extensible-enum-value-removed",),
            said=f"the value {shown(before[text])} may no longer stand",
            pointer=f"{old.pointer}/{word}",
            before=before[text],
            mark=text,
        )


def _single(keyword: str, word: str, old: Schema, new: Schema) -> Iterator[Fact]:
    before, after = (one.keywords.get(keyword, _ABSENT) for one in (old, new))
    if before is after or (before == after and type(before) is type(after)):
        return
    action = "added" if before is _ABSENT else "removed" if after is _ABSENT else "changed"
    was = None if before is _ABSENT else before
    now = None if after is _ABSENT else after
    said = {
        "added": f"{keyword} {shown(now)} was added",
        "removed": f"{keyword} {shown(was)} was taken away",
        "changed": f"{keyword} went from {shown(was)} to {shown(now)}",
    }
    yield Fact(
        rules=(f"{{at}}-{word}-{action}",),
        said=said[action],
        pointer=f"{(old if after is _ABSENT else new).pointer}/{keyword}",
        before=was,
        after=now,
        left_out=keyword == "default",
    )


def _pattern(old: Schema, new: Schema) -> Iterator[Fact]:
    before, after = (str(one.keywords.get("pattern") or "") for one in (old, new))
    if before == after:
        return
    if not before:
        action, said = "added", f"a pattern must match: {shown(after)}"
    elif not after:
        action, said = "removed", f"a pattern need no longer match: {shown(before)}"
    else:
        action = "generalized" if after in _ANYTHING else "changed"
        said = f"the pattern went from {shown(before)} to {shown(after)}"
    known = f"{{at}}-pattern-{action}"
    yield Fact(
        rules=(known, "{at}-pattern-changed") if action == "generalized" else (known,),
        said=said,
        pointer=f"{(new if after else old).pointer}/pattern",
        before=before or None,
        after=after or None,
    )
