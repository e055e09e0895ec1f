"""
What is amiss with rules that are sound: what can never hold, what says the same or the opposite.

A `Problem` of these keeps a rule set from being registered; advice does not.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, product

from rules import syntax
from rules.analysis.satisfying import (
    Conjunction,
    branches,
    contradiction,
    overlap,
    passes,
    trial,
    variables,
)
from rules.compiling import AskableRule, CompiledRuleSet
from rules.decision import Value
from rules.refusal import Problem
from rules.resolving import ResolvedRule
from rules.syntax import Condition, Place
from rules.template import render_value

MAX_GAPS = 3
MAX_ASSIGNMENTS = 5_000


def contradictions(compiled: CompiledRuleSet) -> Iterator[Problem]:
    """Yield the conditions that can never hold, and the rows of `unique` tables that overlap."""
    for one in compiled.askable:
        yield from _never(one.resolved)
    for rows in _tables(compiled):
        table = rows[0].rule.table
        if table is not None and table.hit == "unique":
            yield from _overlaps(rows)
    for left, right in _alike(compiled):
        if left.rule.outcome != right.rule.outcome:
            told = f"asks the same as {left.rule.rule!r} and says the opposite"
            yield _problem(right, right.rule.place(""), f"{right.rule.rule!r} {told}")


def advice(compiled: CompiledRuleSet) -> list[Problem]:
    """Return what an author may want to know: gaps of tables, rules that meet or repeat."""
    found = [one for rows in _tables(compiled) for one in _gaps(rows)]
    found += _untested(compiled)
    for left, right in _alike(compiled):
        if left.rule.outcome == right.rule.outcome:
            told = f"{right.rule.rule!r} asks and says the same as {left.rule.rule!r}"
            found.append(_problem(right, right.rule.place(""), told))
    found += _conflicts(compiled)
    found += dict.fromkeys(told for one in compiled.askable for told in _several(one))
    return sorted(found, key=lambda one: (one.line, one.column))


def _untested(compiled: CompiledRuleSet) -> Iterator[Problem]:
    for rule in compiled.ruleset.rules:
        if not rule.tests:
            place = rule.place("")
            yield Problem(
                pointer=rule.pointer,
                detail=f"{rule.rule!r} has no test case: nothing shows that it does what it says",
                line=place.line,
                column=place.column,
            )


def _problem(one: AskableRule, place: Place, detail: str) -> Problem:
    return Problem(pointer=one.rule.pointer, detail=detail, line=place.line, column=place.column)


def _never(rule: ResolvedRule) -> Iterator[Problem]:
    for pattern in rule.patterns:
        ways = branches(pattern.where)
        found = [contradiction(one, rule.scope) for one in ways]
        for one in dict.fromkeys(filter(None, found)):
            told = " and ".join(syntax.render(atom) for atom in one)
            what = "never hold together" if len(one) > 1 else "never holds"
            part = "" if all(found) else "; this part of the `or` is never met"
            place = one[-1].place if one[-1].place.line else rule.rule.place("")
            yield Problem(
                pointer=pattern.pointer or rule.rule.pointer,
                detail=f"{told} {what}{part}",
                line=place.line,
                column=place.column,
            )


def _tables(compiled: CompiledRuleSet) -> Iterator[list[AskableRule]]:
    for rule, rows in compiled.by_rule():
        asked = [one for one in rows if isinstance(one, AskableRule)]
        if rule.table is not None and len(asked) == len(rows):
            yield asked


def _ways(rule: ResolvedRule) -> list[Conjunction]:
    return branches(one for pattern in rule.bound for one in pattern.where)


def _overlaps(rows: list[AskableRule]) -> Iterator[Problem]:
    for one, two in combinations(rows, 2):
        if overlap(_ways(one.resolved), _ways(two.resolved), one.resolved.scope):
            table = one.rule.table
            place = table.rows[two.rule.row - 1].place if table is not None else Place()
            told = f"rows {one.rule.row} and {two.rule.row} of {one.rule.rule!r} may hold at once"
            yield _problem(two, place, f"{told}; let `hit` be first, or tell them apart")


def _cells(row: AskableRule, base: AskableRule) -> list[Condition]:
    """Return the resolved cells of *row*: what it asks beyond the table's own conditions."""
    table = base.rule.table
    written = table.rows[row.rule.row - 1].cells if table is not None else ()
    count = sum(one is not None for one in written)
    asked = [one for pattern in row.resolved.patterns for one in pattern.where]
    places = {cell.place for cell in written if cell is not None}
    own = [one for one in asked if one.place in places]
    return own if len(own) == count else []


def _gaps(rows: list[AskableRule]) -> Iterator[Problem]:
    table = rows[0].rule.table
    scope = rows[0].resolved.scope
    cells = [_cells(one, rows[0]) for one in rows]
    trials = [
        found
        for those in cells
        for cell in those
        for atom in syntax.atoms(cell)
        if (found := trial(atom, scope)) is not None
    ]
    tried = variables(trials, scope)
    count = 1
    for one in tried:
        count *= len(one.values)
    if table is None or not 1 < count <= MAX_ASSIGNMENTS:
        return
    gaps = 0
    names = [one.written for one in tried]
    for values in product(*(one.values for one in tried)):
        assignment = dict(zip(names, values, strict=True))
        if not any(all(_holds(cell, assignment, rows[0]) for cell in those) for those in cells):
            gaps += 1
            if gaps <= MAX_GAPS:
                told = ", ".join(f"{name} {_told(name, one)}" for name, one in assignment.items())
                yield _problem(
                    rows[0], table.place, f"no row of {rows[0].rule.rule!r} speaks where {told}"
                )


def _told(name: str, value: Value | None) -> str:
    if " against " in name:
        words = {-1: "is less", 0: "is equal", 1: "is more"}
        return words[value] if isinstance(value, int) else ""
    return "is missing" if value is None else f"is {render_value(value)}"


def _holds(condition: Condition, assignment: dict[str, Value | None], row: AskableRule) -> bool:
    match condition:
        case syntax.All():
            return all(_holds(one, assignment, row) for one in condition.parts)
        case syntax.Some():
            return any(_holds(one, assignment, row) for one in condition.parts)
        case syntax.Not():
            raise TypeError("a resolved condition holds no `not`")
        case _:
            asked = trial(condition, row.resolved.scope)
            return asked is None or passes(asked, assignment[asked.variable])


def _written(one: AskableRule) -> str:
    """Return the conditions of a rule in a form that does not rest on its names."""
    parts = []
    names = {p.name: f"{p.fact_type}{at}" for at, p in enumerate(one.resolved.patterns)}
    for pattern in one.resolved.patterns:
        where = sorted(syntax.render(condition) for condition in pattern.where)
        parts.append(f"{pattern.negated} {pattern.fact_type} {where}")
    text = "; ".join(parts)
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(f"{name}.", f"{names[name]}.")
    return text


def _alike(compiled: CompiledRuleSet) -> Iterator[tuple[AskableRule, AskableRule]]:
    """Yield rules of one type, priority and place that ask the same."""
    seen: dict[tuple[object, ...], AskableRule] = {}
    for one in compiled.askable:
        rule = one.rule
        if rule.row:
            continue
        key = (rule.type, rule.priority, rule.applies, rule.effective, _written(one))
        if key in seen:
            yield seen[key], one
        else:
            seen[key] = one


def _conflicts(compiled: CompiledRuleSet) -> Iterator[Problem]:
    """Yield rules of one type that may say the opposite of one fact, alone in their patterns."""
    by_type: dict[tuple[str, str, int], list[AskableRule]] = defaultdict(list)
    for one in compiled.askable:
        if len(one.resolved.patterns) == 1 and not one.rule.row:
            fact_type = one.resolved.patterns[0].fact_type
            by_type[one.rule.type, fact_type, one.rule.priority].append(one)
    for those in by_type.values():
        for one, two in combinations(those, 2):
            differ = one.rule.outcome != two.rule.outcome and _written(one) != _written(two)
            same = one.resolved.patterns[0].name == two.resolved.patterns[0].name
            if (
                differ
                and same
                and overlap(_ways(one.resolved), _ways(two.resolved), one.resolved.scope)
            ):
                yield _problem(
                    two,
                    two.rule.place(""),
                    f"{one.rule.rule!r} and {two.rule.rule!r} may hold of one fact and say the "
                    f"opposite ({one.rule.outcome}, {two.rule.outcome}); give one a priority",
                )


def _several(one: AskableRule) -> Iterator[Problem]:
    """Yield the figures that rest on a fact of which one occurrence may have several."""
    settled = _settled(one.resolved)
    for member, term in one.resolved.money.terms.items():
        for name in dict.fromkeys(field.name for field in syntax.fields_of(term)):
            if name not in settled:
                told = f"one {one.rule.occurrence} may have several {name}"
                counts = "the earliest" if member == "delayed_since" else "the largest"
                yield _problem(one, term.place, f"{member}: {told}; {counts} counts")


def _settled(rule: ResolvedRule) -> set[str]:
    """Return the names that the occurrence determines: the case, and what is found by its id."""
    types = {one.name: one.fact_type.replace("-", "_") for one in rule.bound}
    settled = {rule.rule.occurrence, *(name for name, type_ in types.items() if type_ == "case")}
    atoms = [one for pattern in rule.bound for one in pattern.where]
    pairs = [
        (one.left, one.right)
        for one in atoms
        if isinstance(one, syntax.Comparison) and one.operator == "=="
    ]
    for _ in types:
        for left, right in (*pairs, *(pair[::-1] for pair in pairs)):
            by_id = isinstance(left, syntax.Field) and left.field == f"{types[left.name]}_id"
            if by_id and all(one.name in settled for one in syntax.fields_of(right)):
                settled |= {one.name for one in syntax.fields_of(left)}
    return settled
