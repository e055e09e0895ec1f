"""A case is a connected component of keys: keys found together in one place name one case."""

from collections.abc import Iterable


def join(groups: Iterable[Iterable[str]]) -> list[frozenset[str]]:
    """Return the cases that *groups* of keys make together, sorted by their smallest key."""
    case_of: dict[str, set[str]] = {}
    for group in groups:
        merged = set(group)
        for key in tuple(merged):
            merged |= case_of.get(key, set())
        for key in merged:
            case_of[key] = merged
    distinct = {min(case): frozenset(case) for case in case_of.values()}
    return [distinct[smallest] for smallest in sorted(distinct)]
