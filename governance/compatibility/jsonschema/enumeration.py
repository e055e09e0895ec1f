"""Values listed one by one: `enum`, and `const` as a list of one."""

from collections.abc import Iterator
from typing import Any

import msgspec

from governance.compatibility.jsonschema.difference import Difference
from governance.compatibility.jsonschema.view import View
from governance.contract.artifact import Json

Values = dict[Any, Json]
"""Values by a key under which equal JSON values meet: 1 and 1.0 are one, 1 and true are two."""


def listed(view: View) -> Values | None:
    """Return the values that *view* lists; None when it lists none."""
    if "listed" not in view.memo:
        view.memo["listed"] = _listed(view)
    values: Values | None = view.memo["listed"]
    return values


def _listed(view: View) -> Values | None:
    found: Values | None = None
    for said in (*view.said("enum"), *view.said("const")):
        values = said.value if said.at.endswith("/enum") else [said.value]
        if not isinstance(values, list):
            continue
        here = {key_of(value): value for value in values}
        found = here if found is None else {k: v for k, v in found.items() if k in here}
    return found


def key_of(value: Json) -> Any:
    """Return what equal values share."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return (type(value).__name__, value)
    if isinstance(value, int | float):
        return ("number", value)
    return ("composed", msgspec.json.encode(_normal(value), order="deterministic"))


def _normal(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _normal(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_normal(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def enum_differences(old: View, new: View, *, old_is_finite: Values | None) -> Iterator[Difference]:
    """Compare the lists; *old_is_finite* are the values when types alone leave but a few."""
    before, after = listed(old), listed(new)
    if after is None:
        if before is not None:
            yield Difference("ENUM_ARRAY_EXTENDED", _at(old), None, list(before.values()))
        return
    known = before if before is not None else old_is_finite
    if known is None:
        because = "only the listed values are accepted now"
        yield Difference("ENUM_ARRAY_NARROWED", "", _at(new), None, list(after.values()), because)
        return
    removed = [value for key, value in known.items() if key not in after]
    added = [value for key, value in after.items() if key not in known]
    if removed or (added and before is not None):
        yield Difference(_RULES[bool(removed), bool(added)], _at(old), _at(new), removed, added)


_RULES = {
    (True, True): "ENUM_ARRAY_CHANGED",
    (True, False): "ENUM_ARRAY_NARROWED",
    (False, True): "ENUM_ARRAY_EXTENDED",
}


def _at(view: View) -> str:
    said = [*view.said("enum"), *view.said("const")]
    return said[0].at if said else ""
