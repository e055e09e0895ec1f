"""Whether two schemas are written alike, and so is all that they refer to."""

import json

from governance.compatibility.jsonschema.view import Node
from governance.contract.artifact import Json

_REFERRING = ("$ref", "$dynamicRef", "$recursiveRef")
_DEFINITIONS = ("$defs", "definitions")
_INSIDE = tuple(f"#/{name}/" for name in _DEFINITIONS)


def written_alike(before: Json, after: Json) -> bool:
    """Whether two values are equal as JSON is: `1` is not `true`, the order of names is free."""
    return bool(before == after) and _text(before) == _text(after)


def _text(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


class Sameness:
    """What two documents define under the same names; asked once for each pair of them."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], bool] = {}

    def same(self, old: Node, before: Json, new: Node, after: Json) -> bool:
        """
        Whether *before* and *after* say the same.

        A reference counts as the same when it leads to definitions, those are the same in
        both documents, and they refer to nothing but each other.
        """
        if not written_alike(before, after):
            return False
        return _stays_inside(after, none=True) or (
            _stays_inside(after, none=False) and self.definitions(old, new)
        )

    def definitions(self, old: Node, new: Node) -> bool:
        """Whether both documents define the same, apart from what stands beside that."""
        key = (id(old.document), id(new.document))
        if key not in self._known:
            self._known[key] = all(
                written_alike(_member(old, name), _member(new, name))
                and _stays_inside(_member(new, name), none=False)
                for name in _DEFINITIONS
            )
        return self._known[key]


def _member(node: Node, name: str) -> Json:
    data = node.document.data
    return data.get(name) if isinstance(data, dict) else None


def _stays_inside(schema: Json, *, none: bool) -> bool:
    """Whether every reference leads to a definition; *none*: whether there is no reference."""
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            for name in _REFERRING:
                if name in one and (none or not str(one[name]).startswith(_INSIDE)):
                    return False
            if "$id" in one and not none:
                return False
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return True
