"""Properties of an object: which there are, which are required, and which way they travel."""

from collections.abc import Iterator

from governance.compatibility.openapi.fact import Fact
from governance.compatibility.openapi.schema import Schema, Schemas

MAX_DEPTH = 8


def property_changes(
    old: Schema, new: Schema, olds: Schemas, news: Schemas, *, wrapped: bool
) -> Iterator[Fact]:
    before, after = old.properties, new.properties
    if before.keys() != after.keys():
        yield from _added(old, new, olds, news)
        if not wrapped:
            yield from _removed(old, new, olds, news)
    for name in before:
        if name in after and before[name] != after[name]:
            was = olds.at(old.below("properties", name))
            yield from _mutability(name, old, was, news.at(new.below("properties", name)))
    yield from _requiredness(old, new, news)


def _added(old: Schema, new: Schema, olds: Schemas, news: Schemas) -> Iterator[Fact]:
    known: set[str] | None = None
    for name in new.properties:
        if name in old.properties:
            continue
        known = _declared(old, olds, MAX_DEPTH) if known is None else known
        if name in known:
            continue
        schema = news.at(new.below("properties", name))
        need = "required" if name in new.required else "optional"
        default = ("new-required-{side}-property-with-default",)
        with_default = default if "default" in schema.keywords and need == "required" else ()
        yield Fact(
            rules=(
                *with_default,
                f"new-{need}-{{at}}",
                f"new-{need}-{{side}}-property",
                f"{{side}}-{need}-property-added",
            ),
            sealed=(f"{{side}}-{need}-write-only-property-added",),
            said=f"is new, and {need}",
            pointer=new.below("properties", name).pointer,
            name=name,
            read_only=schema.flag("readOnly"),
            write_only=schema.flag("writeOnly"),
            shut=True,
        )


def _removed(old: Schema, new: Schema, olds: Schemas, news: Schemas) -> Iterator[Fact]:
    known: set[str] | None = None
    for name in old.properties:
        if name in new.properties:
            continue
        known = _declared(new, news, MAX_DEPTH) if known is None else known
        if name in known:
            continue
        schema = olds.at(old.below("properties", name))
        need = "required" if name in old.required else "optional"
        yield Fact(
            rules=(f"{{side}}-{need}-property-removed", "{side}-property-removed"),
            sealed=(f"{{side}}-{need}-write-only-property-removed",),
            said=f"is gone; it was {need}",
            pointer=old.below("properties", name).pointer,
            name=name,
            read_only=schema.flag("readOnly"),
            write_only=schema.flag("writeOnly"),
            shut=True,
        )


def _declared(schema: Schema, schemas: Schemas, depth: int) -> set[str]:
    """Return the properties that *schema* has of its own and through `allOf`."""
    found = set(schema.properties)
    branches = schema.keywords.get("allOf")
    for position in range(len(branches) if isinstance(branches, list) and depth else 0):
        found |= _declared(schemas.at(schema.below("allOf", position)), schemas, depth - 1)
    return found


def _requiredness(old: Schema, new: Schema, news: Schemas) -> Iterator[Fact]:
    if old.required == new.required:
        return
    both = [name for name in new.properties if name in old.properties]
    for name in both:
        was, now = name in old.required, name in new.required
        if was == now:
            continue
        schema = news.at(new.below("properties", name))
        word = "required" if now else "optional"
        default = ("{at}-became-required-with-default",) if "default" in schema.keywords else ()
        yield Fact(
            rules=(*(default if now else ()), f"{{at}}-became-{word}"),
            said=f"became {word}",
            pointer=new.below("properties", name).pointer,
            before=was,
            after=now,
            name=name,
            read_only=schema.flag("readOnly"),
            write_only=schema.flag("writeOnly"),
            shut=True,
        )


def _mutability(name: str, parent: Schema, old: Schema, new: Schema) -> Iterator[Fact]:
    need = "required" if name in parent.required else "optional"
    for keyword, word in (("readOnly", "read-only"), ("writeOnly", "write-only")):
        was, now = old.flag(keyword), new.flag(keyword)
        if was != now:
            yield Fact(
                rules=(f"{{side}}-{need}-property-became-{'' if now else 'not-'}{word}",),
                said=f"became {'' if now else 'not '}{word}",
                pointer=new.pointer,
                before=was,
                after=now,
                name=name,
                always=True,
            )
