"""Parameters of an operation: its own, and those of its path."""

from typing import Any

import msgspec

from governance.compatibility.openapi import place as places
from governance.compatibility.openapi.document import Document, Placed, listed, mapping
from governance.compatibility.openapi.examination import Examination
from governance.compatibility.openapi.lifecycle import (
    announced,
    deprecated,
    removed,
    sunset_moved,
)
from governance.compatibility.openapi.paths import Operation
from governance.compatibility.openapi.place import Place

Name = tuple[str, str]
"""Where a parameter travels, and its name there."""
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_EXTENSIBLE = "x-extensible-enum"
_IGNORED = frozenset({"accept", "content-type", "authorization"})
_REMOVED = {
    "without-deprecation": "request-parameter-removed",
    "with-deprecation": "request-parameter-removed-with-deprecation",
    "unreadable": "request-parameter-sunset-parse",
    "before-sunset": "request-parameter-removed-before-sunset",
}
_ANNOUNCED = {
    "missing": "request-parameter-deprecated-sunset-missing",
    "plain": "request-parameter-deprecated",
    "unreadable": "request-parameter-sunset-parse",
    "too-small": "request-parameter-sunset-date-too-small",
    "with-sunset": "request-parameter-deprecated",
}
_MOVED = {
    "deleted": "request-parameter-sunset-deleted",
    "unreadable": "request-parameter-sunset-parse",
    "too-small": "request-parameter-sunset-date-changed-too-small",
}


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    name: Name
    placed: Placed
    shared: bool

    @property
    def value(self) -> dict[str, Any]:
        return mapping(self.placed.value)

    @property
    def required(self) -> bool:
        return self.value.get("required") is True

    @property
    def schema(self) -> tuple[Placed, str]:
        """Return the schema of its value, and the media type that the value is written in."""
        content = mapping(self.value.get("content"))
        for media_type in content:
            return self.placed.below("content", media_type, "schema"), media_type
        return self.placed.below("schema"), ""


def parameters(document: Document, operation: Operation) -> dict[Name, Parameter]:
    """Return the parameters of *operation*; its own before those of its path."""
    found: dict[Name, Parameter] = {}
    for shared, holder in ((True, operation.item), (False, operation.placed)):
        for position in range(len(listed(mapping(holder.value).get("parameters")))):
            placed = document.follow(holder.below("parameters", position))
            value = mapping(placed.value)
            name = (str(value.get("in", "")), str(value.get("name", "")))
            if name[0] in _STYLES and not (name[0] == "header" and name[1].lower() in _IGNORED):
                known = (name[0], name[1].lower()) if name[0] == "header" else name
                found[known] = Parameter(name=name, placed=placed, shared=shared)
    return found


def compare_parameters(
    old: Operation, new: Operation, renamed: dict[str, str], place: Place, examined: Examination
) -> None:
    """Compare the parameters of both; path parameters by the place that *renamed* gives them."""
    olds, news = parameters(examined.old, old), parameters(examined.new, new)
    met = set()
    for known, was in olds.items():
        moved = ("path", renamed.get(known[1], known[1])) if known[0] == "path" else known
        met.add(moved)
        now = news.get(moved)
        at = places.parameter(place.path, *(now or was).name, place.days)
        if now is None:
            rule = _REMOVED[removed(was.value, at=examined.moment.on)]
            examined.report.tell(rule, at, "is gone", was.placed.pointer)
        else:
            _changed(was, now, at, examined)
            _values(was, now, at, examined)
    for known, now in news.items():
        if known not in met:
            _come(now, places.parameter(place.path, *now.name, place.days), examined)


def _values(old: Parameter, new: Parameter, at: Place, examined: Examination) -> None:
    (was, _), (now, media_type) = old.schema, new.schema
    text = not media_type or not places.is_json(media_type)
    needed = old.required or new.required
    exactly = msgspec.structs.replace(at, text=text, required=needed)
    examined.tracing.compare(exactly, was, now)
    if old.value.get(_EXTENSIBLE) != new.value.get(_EXTENSIBLE):
        examined.tracing.compare(at, _enum_of(old), _enum_of(new))


def _enum_of(parameter: Parameter) -> Placed:
    only = {_EXTENSIBLE: parameter.value.get(_EXTENSIBLE)}
    return Placed(value=only, pointer=parameter.placed.pointer)


def _come(new: Parameter, at: Place, examined: Examination) -> None:
    need = "required" if new.required else "optional"
    if new.name[0] == "path":
        rule = "new-request-path-parameter"
    elif new.shared:
        rule = f"new-{need}-request-default-parameter-to-existing-path"
    else:
        rule = f"new-{need}-request-parameter"
    examined.report.tell(rule, at, f"is new, and {need}", new.placed.pointer)


def _changed(old: Parameter, new: Parameter, at: Place, examined: Examination) -> None:
    pointer, report, on = new.placed.pointer, examined.report, examined.moment.on
    if old.required != new.required:
        word = "required" if new.required else "optional"
        report.tell(f"request-parameter-became-{word}", at, f"became {word}", pointer)
    if _written(old) != _written(new):
        said = f"is written another way: {_written(old)} became {_written(new)}"
        report.tell("request-parameter-serialization-changed", at, said, pointer)
    moved = sunset_moved(old.value, new.value, days=at.days, at=on)
    if moved:
        said = f"its sunset moved from {old.value['x-sunset']} to {new.value.get('x-sunset')}"
        report.tell(_MOVED[moved], at, said, pointer)
    if deprecated(old.value) and not deprecated(new.value):
        said = "is no longer deprecated"
        report.tell("request-parameter-reactivated", at, said, pointer)
    elif deprecated(new.value) and not deprecated(old.value):
        rule = _ANNOUNCED[announced(new.value, days=at.days, at=on)]
        report.tell(rule, at, "was deprecated", f"{pointer}/deprecated")


def _written(parameter: Parameter) -> str:
    """How a list or an object is put into text; nothing where it is a document of its own."""
    if "content" in parameter.value:
        return "as a document"
    style = parameter.value.get("style", _STYLES[parameter.name[0]])
    explode = parameter.value.get("explode", style == "form")
    return f"{style}, {'exploded' if explode else 'in one'}"
