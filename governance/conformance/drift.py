"""
Where events drift from what their contract declares.

Nothing of it is refused: a field that never comes, or comes undeclared, is a promise that the
document makes and the traffic does not, or the other way round. What was not kept has not drifted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from governance.conformance.declared import Declared, DeclaredField


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """
    In how many events a field was told, of which null, by which sources, with which values.

    `some`: there were more values than are kept.
    """

    times: int
    null: int = 0
    values: Mapping[str, int] = {}
    sources: tuple[str, ...] = ()
    some: bool = False


class ValueStanding(msgspec.Struct, frozen=True, kw_only=True):
    value: str
    declared: bool
    times: int


class FieldStanding(msgspec.Struct, frozen=True, kw_only=True):
    """
    One field, declared or seen. `of` is in how many events what holds it was told.

    `absent` and `null` are shares of `of`, None while there is none or nobody looked; `drift` is
    the id of what is wrong with it, None where nothing is.
    """

    pointer: str
    declared: bool
    required: bool
    times: int
    of: int
    absent: float | None
    null: float | None
    sources: tuple[str, ...]
    values: tuple[ValueStanding, ...]
    drift: str | None


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    pointer: str
    message: str


def standings(
    declared: Declared,
    seen: Mapping[str, Sighting],
    events: int,
    *,
    unkept: Callable[[str], bool] = lambda _: False,
) -> list[FieldStanding]:
    """
    Return every field that is *declared* or was *seen* in so many *events*, by pointer.

    *unkept* says of a pointer that it may have been told without being seen.
    """
    plain = unwrapped(declared, seen)
    pointers = sorted({*declared.fields, *plain})
    unknown = {one for one in pointers if one not in plain and unkept(one)}
    return [
        _standing(one, declared, plain, 0 if one in unknown else _of(one, plain, events))
        for one in pointers
    ]


def drifts(fields: Sequence[FieldStanding]) -> Iterator[Drift]:
    """Yield where *fields* drift; of one that is missing whole, what lies within is not told."""
    for one in fields:
        if one.drift is not None:
            yield Drift(id=one.drift, pointer=one.pointer, message=_MESSAGES[one.drift](one))
        for value in one.values:
            name = "value-undeclared" if not value.declared else "value-never-told"
            if one.times and (not value.declared or not value.times):
                seen = f"in {value.times:,} events" if value.times else f"in {one.times:,} events"
                what = "is not declared, and came" if value.times else "is declared, and never came"
                message = f"{value.value!r} {what} {seen}"
                yield Drift(id=name, pointer=one.pointer, message=message)


def unwrapped(declared: Declared, seen: Mapping[str, Sighting]) -> dict[str, Sighting]:
    """Return *seen* with what Avro's JSON wraps in the name of a branch told of the field."""
    found: dict[str, Sighting] = {}
    for pointer in sorted(seen):
        told, plain = seen[pointer], _plain(declared, pointer)
        known = found.get(plain)
        if known is None:
            found[plain] = told
        elif plain != pointer:
            values = {**known.values}
            for value, times in told.values.items():
                values[value] = values.get(value, 0) + times
            found[plain] = msgspec.structs.replace(
                known, values=values, some=known.some or told.some
            )
    return found


def _plain(declared: Declared, pointer: str) -> str:
    at = ""
    for token in pointer.split("/")[1:]:
        at = f"{at}/{token}"
        at = declared.wrapped.get(at, at)
    return at


def _of(pointer: str, seen: Mapping[str, Sighting], events: int) -> int:
    """Return in how many events what holds *pointer* was told."""
    above = pointer.rpartition("/")[0]
    holder = seen.get(above) if above else None
    of = events if not above else (holder.times - holder.null if holder else 0)
    return max(of, seen[pointer].times if pointer in seen else 0)


def _standing(
    pointer: str, declared: Declared, seen: Mapping[str, Sighting], of: int
) -> FieldStanding:
    promise, told = declared.fields.get(pointer), seen.get(pointer, Sighting(times=0))
    return FieldStanding(
        pointer=pointer,
        declared=promise is not None,
        required=promise is not None and promise.required,
        times=told.times,
        of=of,
        absent=round(1 - told.times / of, 4) if of else None,
        null=round(told.null / of, 4) if of else None,
        sources=told.sources,
        values=_values(promise, told),
        drift=_drift(declared, pointer, told, of),
    )


def _values(promise: DeclaredField | None, told: Sighting) -> tuple[ValueStanding, ...]:
    listed = promise.values or () if promise is not None else ()
    shown = [one for one in listed if one in told.values or not told.some]
    names = [*shown, *(one for one in sorted(told.values) if one not in listed)]
    return tuple(
        ValueStanding(value=one, declared=one in listed, times=told.values.get(one, 0))
        for one in names
    )


def _drift(declared: Declared, pointer: str, told: Sighting, of: int) -> str | None:
    if not told.times:
        return "field-never-told" if of and not pointer.endswith("/*") else None
    if not declared.takes(pointer):
        above = pointer.rpartition("/")[0]
        return "field-undeclared" if not above or declared.takes(above) else None
    return "field-always-null" if told.null == told.times else None


_MESSAGES = {
    "field-never-told": lambda one: f"it is declared, and came in none of {one.of:,} events",
    "field-undeclared": lambda one: (
        f"it is not declared, and came in {one.times:,} of {one.of:,} events"
    ),
    "field-always-null": lambda one: f"it was null in all {one.times:,} events that told it",
}
