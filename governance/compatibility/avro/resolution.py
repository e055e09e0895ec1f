"""
Schema resolution, as the Avro specification tells it, each pair of schemas once.

The older schema is the writer's, the newer one the reader's. `rule` is one of the six
kinds of incompatibility that Avro's own libraries name; ours are the kinds that inform.
"""

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from governance.compatibility.assuming import Assuming
from governance.contract.artifact import ArtifactError, Json
from governance.contract.avro.reading import read_schema
from governance.contract.avro.schema import NAMED, PRIMITIVES, Field, Schema
from governance.contract.finding import Finding, Level

MAX_PAIRS = 100_000
MAX_DEPTH = 100
_NAMED_BRANCHES = 20  # of a union that a finding tells
_PROMOTED = {
    "long": frozenset({"int"}),
    "float": frozenset({"int", "long"}),
    "double": frozenset({"int", "long", "float"}),
    "bytes": frozenset({"string"}),
    "string": frozenset({"bytes"}),
}
Found = tuple[Finding, ...]
Pair = tuple[Schema, Schema]


def differences(old: Json, new: Json) -> list[Finding]:
    """Return how a reader on *new* takes what a writer on *old* wrote."""
    try:
        writer, reader = read_schema(old), read_schema(new)
    except ArtifactError as error:
        return [_finding("NOT_EVALUATED", "not_evaluated", error.pointer, error.message)]
    return list(_Resolution().resolve(reader, writer))


class _Resolution:
    def __init__(self) -> None:
        self._pairs: Assuming[Pair, Found] = Assuming(())
        self._named: dict[Schema, defaultdict[tuple[str, str], list[Schema]]] = {}
        self._left = MAX_PAIRS

    def resolve(self, reader: Schema, writer: Schema) -> Found:
        """Return the findings of a pair; of one that was told already, what speaks against it."""
        if reader.kind in PRIMITIVES and writer.kind in PRIMITIVES:
            return tuple(self._differences(reader, writer))
        pair = (reader, writer)
        known = self._pairs.known(pair)
        if known is not None:
            return known
        self._left -= 1
        if self._left < 0 or self._pairs.depth >= MAX_DEPTH:
            message = "not evaluated: the schemas combine in too many ways, or lie too deep"
            return (_finding("NOT_EVALUATED", "not_evaluated", "", message),)
        self._pairs.begin(pair)
        found = tuple({one.id: one for one in self._differences(reader, writer)}.values())
        against = tuple(one for one in found if not _passes((one,)))[:1]
        self._pairs.end(pair, against, holds=not against)
        return found

    def _differences(self, reader: Schema, writer: Schema) -> Iterator[Finding]:
        if writer.kind == "union":
            yield from self._any_of_writer(reader, writer)
        elif reader.kind == "union":
            yield from self._branch_for(reader, writer)
        elif reader.kind != writer.kind:
            yield from _promoted(reader, writer)
        elif reader.items is not None and writer.items is not None:
            yield from self.resolve(reader.items, writer.items)
        elif reader.kind not in PRIMITIVES:
            yield from self._of_same_kind(reader, writer)
        yield from _logical_differences(reader, writer)

    def _any_of_writer(self, reader: Schema, writer: Schema) -> Iterator[Finding]:
        for branch in writer.branches:
            if reader.kind == "union":
                yield from self._branch_for(reader, branch)
            else:
                yield from self.resolve(reader, branch)
        if reader.kind == "union" and len(reader.branches) > len(writer.branches):
            counts = (len(writer.branches), len(reader.branches))
            yield _told("UNION_BRANCHES_ADDED", "info", reader.pointer, *counts)

    def _branch_for(self, reader: Schema, writer: Schema) -> Iterator[Finding]:
        """A branch of the writer's own kind and name is tried first."""
        nearest: Found = ()
        for branch in self._takers(reader, writer):
            found = self.resolve(branch, writer)
            if _passes(found):
                yield from found
                return
            nearest = nearest or (found if _same_name(branch, writer) else ())
        names = [branch.called for branch in reader.branches[:_NAMED_BRANCHES]]
        missing = _told("MISSING_UNION_BRANCH", "breaking", reader.pointer, writer.called, names)
        yield replace(missing, id=f"{missing.id}={writer.called}")
        if writer.kind not in PRIMITIVES:
            yield from nearest

    def _takers(self, reader: Schema, writer: Schema) -> list[Schema]:
        """Return the branches that may take *writer*: of what has a name, those of its name."""
        if reader not in self._named:
            named: defaultdict[tuple[str, str], list[Schema]] = defaultdict(list)
            for branch in reader.branches:
                named[branch.kind, branch.short_name].append(branch)
                for alias in branch.aliases:
                    named[branch.kind, f".{alias}"].append(branch)
            self._named[reader] = named
        named = self._named[reader]
        if writer.kind not in NAMED:
            unnamed = [one for key, those in named.items() if key[0] not in NAMED for one in those]
            return sorted(unnamed, key=lambda one: one.kind != writer.kind)
        both = (*named[writer.kind, writer.short_name], *named[writer.kind, f".{writer.name}"])
        return list(dict.fromkeys(both))

    def _of_same_kind(self, reader: Schema, writer: Schema) -> Iterator[Finding]:
        if not _same_name(reader, writer):
            names = (writer.name, reader.name)
            yield _told("NAME_MISMATCH", "breaking", f"{reader.pointer}/name", *names)
            return
        if reader.kind == "enum":
            yield from _symbol_differences(reader, writer)
        elif reader.kind == "fixed":
            sizes = (writer.said["size"], reader.said["size"])
            if sizes[0] != sizes[1]:
                yield _told("FIXED_SIZE_MISMATCH", "breaking", f"{reader.pointer}/size", *sizes)
        else:
            yield from self._field_differences(reader, writer)

    def _field_differences(self, reader: Schema, writer: Schema) -> Iterator[Finding]:
        written = {field.name: field for field in writer.fields}
        taken: set[str] = set()
        for field in reader.fields:
            source = next((one for one in (field.name, *field.aliases) if one in written), None)
            if source is None:
                yield _added(field)
            else:
                taken.add(source)
                yield from self.resolve(field.schema, written[source].schema)
        for name, gone in written.items():
            if name not in taken:
                yield _told("FIELD_REMOVED", "info", gone.pointer, name)


def _same_name(reader: Schema, writer: Schema) -> bool:
    """Names are matched without their namespaces, or by an alias of the reader's."""
    if reader.kind != writer.kind:
        return False
    return reader.short_name == writer.short_name or writer.name in reader.aliases


def _passes(found: Found) -> bool:
    return all(one.level in {"info", "warning"} for one in found)


def _promoted(reader: Schema, writer: Schema) -> Iterator[Finding]:
    kinds = (writer.called, reader.called)
    if writer.kind in _PROMOTED.get(reader.kind, ()):
        yield _told("TYPE_PROMOTED", "info", reader.pointer, *kinds)
    else:
        yield _told("TYPE_MISMATCH", "breaking", reader.pointer, *kinds)


def _symbol_differences(reader: Schema, writer: Schema) -> Iterator[Finding]:
    place = f"{reader.pointer}/symbols"
    known = set(reader.symbols)
    missing = [one for one in writer.symbols if one not in known]
    if missing and "default" in reader.said:
        yield _told("ENUM_SYMBOLS_DEFAULTED", "warning", place, missing, reader.said["default"])
    elif missing:
        yield _told("MISSING_ENUM_SYMBOLS", "breaking", place, missing)
    before = set(writer.symbols)
    added = [one for one in reader.symbols if one not in before]
    if added:
        yield _told("ENUM_SYMBOLS_ADDED", "info", place, None, added)


def _added(field: Field) -> Finding:
    if field.has_default:
        return _told("FIELD_ADDED_WITH_DEFAULT", "info", field.pointer, None, field.name)
    rule = "READER_FIELD_MISSING_DEFAULT_VALUE"
    return _told(rule, "breaking", field.pointer, None, field.name)


def _logical_differences(reader: Schema, writer: Schema) -> Iterator[Finding]:
    """Bytes that mean 12.50 by one scale mean 1250 by another: decimals match by their scale."""
    before, after = writer.logical, reader.logical
    if before == after == "decimal":
        scales = (writer.said.get("scale", 0), reader.said.get("scale", 0))
        if scales[0] != scales[1]:
            yield _told("TYPE_MISMATCH", "breaking", f"{reader.pointer}/scale", *scales)
        digits = (writer.said.get("precision"), reader.said.get("precision"))
        if digits[0] != digits[1]:
            place = f"{reader.pointer}/precision"
            yield _told("DECIMAL_PRECISION_CHANGED", "warning", place, *digits)
    elif before != after and before is not None:
        yield _told("LOGICAL_TYPE_CHANGED", "warning", reader.pointer, before, after)


_SAID = {
    "NAME_MISMATCH": "the name is another, and no alias leads to it",
    "FIXED_SIZE_MISMATCH": "the size is another",
    "MISSING_ENUM_SYMBOLS": "symbols that were written are not known, and there is no default",
    "READER_FIELD_MISSING_DEFAULT_VALUE": "a field that was not written has no default",
    "TYPE_MISMATCH": "what was written cannot be read as this",
    "MISSING_UNION_BRANCH": "no branch takes what was written",
    "TYPE_PROMOTED": "what was written is read as a wider type",
    "UNION_BRANCHES_ADDED": "there are more branches",
    "ENUM_SYMBOLS_ADDED": "there are more symbols",
    "ENUM_SYMBOLS_DEFAULTED": "symbols that were written are read as the default",
    "FIELD_ADDED_WITH_DEFAULT": "a field that was not written is read as its default",
    "FIELD_REMOVED": "a field that was written is passed over",
    "DECIMAL_PRECISION_CHANGED": "the number of digits is another; not every library looks at it",
    "LOGICAL_TYPE_CHANGED": "the bytes are read, and may mean something else",
}


def _told(
    rule: str, level: Level, pointer: str, before: Json = None, after: Json = None
) -> Finding:
    return _finding(rule, level, pointer, _SAID[rule], before, after)


def _finding(  # noqa: PLR0913, PLR0917 - a finding is a rule at a place, and what was there
    rule: str,
    level: Level,
    pointer: str,
    message: str,
    before: Json = None,
    after: Json = None,
) -> Finding:
    return Finding(
        id=f"{rule}:{pointer or '/'}",
        rule=rule,
        level=level,
        pointer=pointer,
        message=message,
        before=before,
        after=after,
    )
