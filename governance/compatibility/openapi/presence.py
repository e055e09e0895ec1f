"""Parts of a schema that stand or do not: conditions, names of properties, what is left over."""

from collections.abc import Iterator

from governance.compatibility.openapi.document import listed, mapping
from governance.compatibility.openapi.fact import Fact, shown
from governance.compatibility.openapi.schema import Schema

PARTS = {
    "contains": "contains",
    "propertyNames": "property-names",
    "if": "if",
    "then": "then",
    "else": "else",
    "contentSchema": "content-schema",
    "unevaluatedItems": "unevaluated-items",
    "unevaluatedProperties": "unevaluated-properties",
}
NAMED_PARTS = {"dependentSchemas": "dependent-schema", "patternProperties": "pattern-property"}
_TEXTS = {"contentMediaType": "content-media-type", "contentEncoding": "content-encoding"}


def presence_changes(old: Schema, new: Schema) -> Iterator[Fact]:
    for keyword, word in PARTS.items():
        if stands(old, keyword) != stands(new, keyword):
            came = stands(new, keyword)
            yield _came(keyword, word, new) if came else _went(keyword, word, old)
    for keyword, word in NAMED_PARTS.items():
        yield from _named(keyword, word, old, new)
    yield from _dependent_required(old, new)
    yield from _texts(old, new)
    yield from _left_over(old, new)
    if old.keywords.get("not") != new.keywords.get("not"):
        said = "what `not` excludes was changed; whether that admits more or less is not judged"
        yield Fact(rules=("not-schema-changed",), said=said, pointer=f"{new.pointer}/not")
    if any(old.keywords.get(one) != new.keywords.get(one) for one in _DYNAMIC):
        said = "a reference that depends on where it is reached from was changed"
        yield Fact(rules=("dynamic-reference-changed",), said=said, pointer=new.pointer)


_DYNAMIC = ("$dynamicRef", "$recursiveRef")


def stands(schema: Schema, keyword: str) -> bool:
    """Say whether *keyword* restricts anything: `true` is as good as nothing."""
    return schema.keywords.get(keyword, True) is not True


def _came(keyword: str, word: str, new: Schema, name: str = "") -> Fact:
    return _stands(f"{{at}}-{word}-added", "was added", new, (keyword, name))


def _went(keyword: str, word: str, old: Schema, name: str = "") -> Fact:
    return _stands(f"{{at}}-{word}-removed", "was taken away", old, (keyword, name))


def _stands(rule: str, verb: str, schema: Schema, keys: tuple[str, str]) -> Fact:
    written = [key for key in keys if key]
    pointer = schema.below(*written).pointer
    return Fact(rules=(rule,), said=f"{' '.join(written)} {verb}", pointer=pointer, mark=keys[1])


def _named(keyword: str, word: str, old: Schema, new: Schema) -> Iterator[Fact]:
    before, after = (mapping(one.keywords.get(keyword)) for one in (old, new))
    yield from (_went(keyword, word, old, name) for name in before if name not in after)
    yield from (_came(keyword, word, new, name) for name in after if name not in before)


def _dependent_required(old: Schema, new: Schema) -> Iterator[Fact]:
    keyword, word = "dependentRequired", "dependent-required"
    yield from _named(keyword, word, old, new)
    before, after = (mapping(one.keywords.get(keyword)) for one in (old, new))
    for name in before:
        if name in after and set(map(str, listed(before[name]))) != set(
            map(str, listed(after[name]))
        ):
            yield Fact(
                rules=("{at}-dependent-required-changed",),
                said=f"other properties must stand beside {name}",
                pointer=new.below(keyword, name).pointer,
                before=before[name],
                after=after[name],
                mark=name,
            )


def _texts(old: Schema, new: Schema) -> Iterator[Fact]:
    for keyword, word in _TEXTS.items():
        before, after = old.keywords.get(keyword), new.keywords.get(keyword)
        if before != after:
            yield Fact(
                rules=(f"{{at}}-{word}-changed",),
                said=f"{keyword} went from {shown(before or 'none')} to {shown(after or 'none')}",
                pointer=f"{(new if after else old).pointer}/{keyword}",
                before=before,
                after=after,
            )


def _left_over(old: Schema, new: Schema) -> Iterator[Fact]:
    """What may stand beside the named properties."""
    before, after = (_openness(one) for one in (old, new))
    if before == after:
        return
    narrower = after < before
    words = {(2, 1): "constrained", (1, 2): "freed"}
    word = words.get((before, after), "closed" if narrower else "opened")
    yield Fact(
        rules=(f"{{at}}-additional-properties-{word}",),
        said=f"properties that are not named {'are no longer' if narrower else 'are now'} "
        + ("free to take any value" if word in {"constrained", "freed"} else "admitted"),
        pointer=f"{(new if narrower else old).pointer}/additionalProperties",
    )


def _openness(schema: Schema) -> int:
    """0: none but the named properties; 1: of one shape; 2: any."""
    value = schema.keywords.get("additionalProperties", True)
    if value is False:
        return 0
    return 1 if mapping(value) else 2
