"""
Which of many rules could be meant: by one equality of each, the one that tells it best apart.

An equality is (fact type, key, value): without a fact of that type whose key has that value,
the rule cannot hold. One that asks for no such thing could always be meant.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

MANY = 8  # fewer are looked through as fast
Equality = tuple[str, str, object]


class Lookup:
    """Knows rules by their numbers, which are those of the equalities that each asks for."""

    def __init__(self, asked: Sequence[Sequence[Equality]]) -> None:
        values: dict[tuple[str, str], set[object]] = defaultdict(set)
        for those in asked:
            for fact_type, key, value in those:
                values[fact_type, key].add(value)
        self._always: list[int] = []
        self._by_type: dict[str, dict[str, dict[object, list[int]]]] = {}
        for number, those in enumerate(asked):
            if not those or len(asked) < MANY:
                self._always.append(number)
                continue
            fact_type, key, value = max(those, key=lambda one: len(values[one[0], one[1]]))
            by_key = self._by_type.setdefault(fact_type, {})
            by_key.setdefault(key, {}).setdefault(value, []).append(number)

    def among(
        self, types: Mapping[str, Sequence[int]], rows: Sequence[Mapping[str, object]]
    ) -> list[int]:
        """Return, in order, the numbers of the rules that could hold of *rows*."""
        if not self._by_type:
            return self._always
        found = set(self._always)
        for fact_type, by_key in self._by_type.items():
            for position in types.get(fact_type, ()):
                row = rows[position]
                for key, by_value in by_key.items():
                    value = row.get(key)
                    if type(value) is not list:
                        found.update(by_value.get(value, ()))
        return sorted(found)
