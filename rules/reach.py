"""
How far each rule of a decision came, written down for counting: one word a rule, in their order.

`fired` or, of a table, the rows that spoke (`2@fired`); the place where the nearest facts stopped
(`NotFired.at`); `apart` where it does not apply, `yielded` where another spoke in its place, `-`
where it could not be checked.
"""

from collections.abc import Iterable, Iterator

from rules.decision import Firing, NotFired
from rules.rule import Rule

FIRED, APART, YIELDED, UNCHECKED = "fired", "apart", "yielded", "-"


def reach(rules: Iterable[Rule], firings: Iterable[Firing], quiet: Iterable[NotFired]) -> str:
    """Return the words of *rules*."""
    words: dict[str, str] = {}
    for one in quiet:
        words[one.rule] = (one.at or YIELDED) if one.applies else APART
    for rule, row in dict.fromkeys((one.rule, one.row) for one in firings):
        word = f"{row}@{FIRED}" if row else FIRED
        words[rule] = f"{words[rule]},{word}" if rule in words else word
    return " ".join([words.get(one.rule, UNCHECKED) for one in rules])


def places(rules: Iterable[Rule], came: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each rule that was checked with the places that its word in *came* stands for."""
    for rule, word in zip(rules, came.split(" "), strict=True):
        if word != UNCHECKED:
            yield rule.rule, word.split(",")
