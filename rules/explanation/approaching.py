"""
How near facts come to a rule, as one Python function: a loop a pattern, one within the other.

It looks at the same combinations, in the same order, as the search of `rules.explanation.nearest`,
where they are so few that the search would look at all of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from rules.decision import Fact
from rules.inlining import Inlined, defined
from rules.kind import Scope
from rules.rule import Pattern

NONE_AT_ALL, RULED_OUT = -1, 1_000
_PATTERN = 2_000
_NOT_YET = -_PATTERN
Found = tuple[int, int, tuple[Fact, ...]]
Approach = Callable[[Mapping[str, Sequence[Fact]]], Found | None]


def approach(patterns: Sequence[Pattern], scope: Scope, most: int) -> Approach:
    """
    Return the function that gives how far facts, by type, come, and the facts that do.

    That is the pattern, and how many of its conditions hold; None: more than *most* combinations
    would have to be looked at.
    """
    inlined = Inlined([one.name for one in patterns], scope)
    body = _indented(_body(patterns, inlined, most), 1)
    made: Approach = defined("\n".join(["def approach(types):", *body]), inlined.constants)
    return made


def _body(patterns: Sequence[Pattern], inlined: Inlined, most: int) -> Iterator[str]:
    yield from (f"t{at} = types.get({one.fact_type!r}, ())" for at, one in enumerate(patterns))
    sizes = [f"(len(t{at}) or 1)" for at in range(len(patterns))]
    looked_at = " + ".join(" * ".join(sizes[: at + 1]) for at in range(len(patterns)))
    yield f"if {looked_at} > {most}: return None"
    yield f"best, bound = {_NOT_YET}, ()"
    yield from _look(patterns, 0, (), inlined)
    yield f"at = (best + 1) // {_PATTERN}"
    yield f"return at, best - at * {_PATTERN}, bound"


def _look(
    patterns: Sequence[Pattern], at: int, taken: tuple[int, ...], inlined: Inlined
) -> Iterator[str]:
    if at == len(patterns):
        yield from _offer(str(at * _PATTERN), taken)
        return
    pattern, mine = patterns[at], (*taken, at)
    alike = [one for one in taken if patterns[one].fact_type == pattern.fact_type]
    if pattern.negated:
        yield f"x{at} = False"
    else:
        yield f"if len(t{at}) == {len(alike)}:"
        yield from _indented(_offer(str(at * _PATTERN + NONE_AT_ALL), taken), 1)
    yield f"for g{at} in t{at}:"
    for one in alike:
        yield f"    if g{at} is g{one}: continue"
    yield f"    f{at} = g{at}.values"
    met = [f"{n} if not ({inlined.all_of([one])}) else" for n, one in enumerate(pattern.where)]
    yield f"    m = {' '.join(met)} {len(pattern.where)}"
    yield f"    if m == {len(pattern.where)}:"
    if pattern.negated:
        yield f"        x{at} = True"
        yield from _indented(_offer(str(at * _PATTERN + RULED_OUT), mine), 2)
        yield f"if not x{at}:"
        yield from _indented(_look(patterns, at + 1, taken, inlined), 1)
    else:
        yield from _indented(_look(patterns, at + 1, mine, inlined), 2)
        yield f"    elif m + {at * _PATTERN} > best:"
        yield f"        best, bound = m + {at * _PATTERN}, ({_facts(mine)})"


def _offer(reached: str, taken: tuple[int, ...]) -> Iterator[str]:
    yield f"if {reached} > best: best, bound = {reached}, ({_facts(taken)})"


def _facts(taken: tuple[int, ...]) -> str:
    return "".join(f"g{one}, " for one in taken)


def _indented(lines: Iterator[str], deep: int) -> Iterator[str]:
    return (f"{'    ' * deep}{one}" for one in lines)
