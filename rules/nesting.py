"""
A rule as one Python function: a loop a pattern, one within the other.

It looks at every combination, so it is for facts of which there are few; where there are many
the search of `rules.reference` knows what to leave out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from rules.evaluation import Values
from rules.inlining import Inlined, defined
from rules.kind import Scope
from rules.rule import Pattern

FEW = 128
"""Combinations: so few that no limit on them can be met."""
Nest = Callable[[Mapping[str, Sequence[int]], Sequence[Values]], list[tuple[int, ...]] | None]


def nest(patterns: Sequence[Pattern], scope: Scope) -> Nest:
    """
    Return the function that gives, for each way *patterns* hold, the positions of the facts.

    It takes positions by type and the values of each fact; None: there are too many.
    """
    inlined = Inlined([one.name for one in patterns], scope)
    source = "\n".join(["def nest(types, rows):", *_indented(_body(patterns, inlined), 1)])
    made: Nest = defined(source, inlined.constants)
    return made


def _body(patterns: Sequence[Pattern], inlined: Inlined) -> Iterator[str]:
    yield from (f"t{at} = types.get({one.fact_type!r}, ())" for at, one in enumerate(patterns))
    sizes = [f"(len(t{at}) or 1)" for at in range(len(patterns))]
    yield f"if {' * '.join(sizes)} > {FEW}: return None"
    yield "found = []"
    yield from _loop(patterns, 0, (), inlined)
    yield "return found"


def _loop(
    patterns: Sequence[Pattern], at: int, taken: tuple[int, ...], inlined: Inlined
) -> Iterator[str]:
    if at == len(patterns):
        yield f"found.append(({''.join(f'p{one}, ' for one in taken)}))"
        return
    pattern = patterns[at]
    alike = [one for one in taken if patterns[one].fact_type == pattern.fact_type]
    yield f"for p{at} in t{at}:"
    yield f"    f{at} = rows[p{at}]"
    fits = [*(f"p{at} != p{one}" for one in alike), inlined.all_of(pattern.where)]
    yield f"    if {' and '.join(fits)}:"
    if pattern.negated:
        yield "        break"
        yield "else:"
        yield from _indented(_loop(patterns, at + 1, taken, inlined), 1)
    else:
        yield from _indented(_loop(patterns, at + 1, (*taken, at), inlined), 2)


def _indented(lines: Iterator[str], deep: int) -> Iterator[str]:
    return (f"{'    ' * deep}{one}" for one in lines)
