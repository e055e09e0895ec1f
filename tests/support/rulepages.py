"""
The pages of docs/rules: one for each rule of the shipped pack, and the list of them.

`python tests/support/rulepages.py` writes them; a test compares.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeGuard

sys.path.insert(0, str(Path(__file__).parents[2]))  # as a script it stands outside the program

from controlplane.pack.shipped import shipped
from rules import syntax
from rules.language import read_ruleset
from rules.rule import Pattern, Rule, RuleSet, Table
from rules.syntax import Condition, Term

FOLDER = Path(__file__).parents[2] / "docs" / "rules"
INDEX = "README.md"
_COMPARED = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_HITS = {
    "unique": "one row holds at most",
    "first": "the first row that holds speaks",
    "priority": "of the rows that hold the one of the highest priority speaks",
    "collect": "every row that holds speaks",
}
_TIMES = {"<": "is before", "<=": "is not after", ">": "is after", ">=": "is not before"}
_TIMELY = re.compile(r"_(at|on|date|from|to|until|ending|since)\b")


def pages() -> dict[str, str]:
    """Return the text of every page by its path in docs/rules."""
    sets = [read_ruleset(one.text) for pack in shipped() for one in pack.of_kind("ruleset")]
    found = {f"{of.ruleset}/{rule.rule}.md": _page(of, rule) for of in sets for rule in _rules(of)}
    return {INDEX: _index(sets), **found}


def _rules(ruleset: RuleSet) -> list[Rule]:
    """Return each rule once, though a table gives several."""
    return list({one.rule: one for one in ruleset.rules}.values())


def _index(sets: list[RuleSet]) -> str:
    lines = [
        "# The rules of the professional-services pack",
        "",
        "Which control each serves: [what the pack checks](../explanation/controls.md).",
        "",
    ]
    for ruleset in sets:
        rows = [
            f"| [{one.rule}]({ruleset.ruleset}/{one.rule}.md) | {one.title} "
            f"| {_owner(ruleset, one)} | {one.severity} | {one.outcome} |"
            for one in _rules(ruleset)
        ]
        lines += [f"## {ruleset.ruleset}", "", ruleset.title, ""]
        lines += [
            "| rule | finds | owner | severity | outcome |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    return "\n".join(lines)


def _page(ruleset: RuleSet, rule: Rule) -> str:
    head = (
        f"`{rule.rule}` {rule.version} · rule set "
        f"[{ruleset.ruleset}](../README.md#{ruleset.ruleset}) · owner {_owner(ruleset, rule)} "
        f"· {rule.severity} · {rule.outcome} · `{rule.type}`"
    )
    parts = [f"# {rule.title}", head, f"**{rule.question}**", rule.rationale]
    asked = list(_asked(rule))
    if asked:
        parts += ["## It is asked", "\n".join(asked)]
    parts += ["## It fires when", "\n".join(_when(rule))]
    if rule.table is not None:
        parts.append("\n".join(_rows(rule, rule.table)))
    derived = list(_derived(ruleset, rule))
    if derived:
        parts += ["## Worked out", "\n".join(derived)]
    if rule.money.terms:
        money = [
            f"- {name.replace('_', ' ')}: {_term(one, rule)}"
            for name, one in rule.money.terms.items()
        ]
        parts += ["## Money", "\n".join(money)]
    parts += ["## Examples", "\n\n".join(_examples(rule))]
    return "\n\n".join(parts) + "\n"


def _owner(ruleset: RuleSet, rule: Rule) -> str:
    return rule.owner or ruleset.owner or ""


def _when(rule: Rule) -> Iterator[str]:
    for pattern in rule.when:
        opening = "no" if pattern.negated else "there is"
        article = "" if pattern.negated else _article(_thing(pattern, rule)) + " "
        those = "; ".join(_condition(one, rule) for one in pattern.where)
        where = f" where {those}" if those else ""
        yield f"- {opening} {article}**{_thing(pattern, rule)}**{where}"
    if rule.table is not None:
        yield f"- and its table says so; {_HITS[rule.table.hit]}"


def _asked(rule: Rule) -> Iterator[str]:
    for one in rule.applies:
        thing, field = one.fact_type.replace("-", " "), one.field.replace("_", " ")
        yield f"- where the {thing}'s {field} is {' or '.join(one.among)}"
    if rule.effective is not None:
        if rule.effective.from_ is not None:
            yield f"- from {rule.effective.from_.isoformat()} on"
        if rule.effective.until is not None:
            yield f"- until {rule.effective.until.isoformat()}"


def _rows(rule: Rule, table: Table) -> Iterator[str]:
    heads = [_term(one, rule) for one in table.inputs]
    yield f"| {' | '.join(heads)} | outcome |"
    yield "|" + "---|" * (len(heads) + 1)
    for row in table.rows:
        outcome = row.outcome or rule.outcome
        severity = "" if outcome == "clear" else f", {row.severity or rule.severity}"
        cells = [_cell(one, head, rule) for one, head in zip(row.cells, heads, strict=True)]
        figures = row.money.terms.items() if row.money is not None else ()
        money = "".join(f"; {name.replace('_', ' ')}: {_term(one, rule)}" for name, one in figures)
        yield f"| {' | '.join(cells)} | {outcome}{severity}{money} |"


def _cell(cell: Condition | None, head: str, rule: Rule) -> str:
    """Let a cell say only what it adds to the *head* of its column."""
    if cell is None:
        return "anything"
    if isinstance(cell, syntax.Some):
        return " or ".join(_cell(one, head, rule) for one in cell.parts)
    return _condition(cell, rule).removeprefix(head).strip().removeprefix("is ")


def _derived(ruleset: RuleSet, rule: Rule) -> Iterator[str]:
    """Tell of each field that the rule reads, and of those that these rest on."""
    formulas = {(one.fact_type, one.field): one for one in ruleset.derived}
    types = {pattern.name: pattern.fact_type for pattern in rule.when}
    conditions = [one for pattern in rule.when for one in pattern.where]
    waiting = [(types.get(one.name, ""), one.field) for one in _fields(conditions)]
    if rule.table is not None:
        read = (field for one in rule.table.inputs for field in syntax.fields_of(one))
        waiting += [(types.get(one.name, ""), one.field) for one in read]
    told: set[tuple[str, str]] = set()
    while waiting:
        key = waiting.pop(0)
        if key not in formulas or key in told:
            continue
        told.add(key)
        one = formulas[key]
        thing, field = one.fact_type.replace("-", " "), one.field.replace("_", " ")
        yield f"- the {thing}'s {field}: `{_formula(one.formula)}`"
        rests = _fields([one.formula]) if _is_condition(one.formula) else _of_term(one.formula)
        waiting += [(one.fact_type, each.field) for each in rests]


def _is_condition(formula: Term | Condition) -> TypeGuard[Condition]:
    return isinstance(
        formula,
        syntax.Comparison
        | syntax.Membership
        | syntax.Presence
        | syntax.All
        | syntax.Some
        | syntax.Not,
    )


def _formula(formula: Term | Condition) -> str:
    return syntax.render(formula) if _is_condition(formula) else syntax.render_term(formula)


def _fields(conditions: Iterable[Condition]) -> list[syntax.Field]:
    atoms = (atom for one in conditions for atom in syntax.atoms(one))
    return [field for atom in atoms for field in syntax.fields_of_atom(atom)]


def _of_term(formula: Any) -> list[syntax.Field]:
    return list(syntax.fields_of(formula))


def _thing(pattern: Pattern, rule: Rule) -> str:
    """Return what *pattern* speaks of; of two of one type the later is another one."""
    before = rule.when[: rule.when.index(pattern)]
    again = any(one.fact_type == pattern.fact_type for one in before)
    return f"{'other ' if again else ''}{pattern.fact_type.replace('-', ' ')}"


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeio" else "a"


def _condition(condition: Condition, rule: Rule) -> str:
    match condition:
        case syntax.Comparison(left=left, right=syntax.Literal(value=bool() as value)):
            return f"{_term(left, rule)} is {'true' if value else 'false'}"
        case syntax.Comparison():
            left, right = _term(condition.left, rule), _term(condition.right, rule)
            return f"{left} {_operator(condition)} {right}"
        case syntax.Membership():
            word = "is not among" if condition.negated else "is among"
            return f"{_term(condition.element, rule)} {word} {_term(condition.collection, rule)}"
        case syntax.Presence():
            word = "is known" if condition.present else "is missing"
            return f"{_term(condition.field, rule)} {word}"
        case syntax.Not():
            return f"not ({_condition(condition.part, rule)})"
        case syntax.All() | syntax.Some():
            word = " and " if isinstance(condition, syntax.All) else " or "
            return f"({word.join(_condition(one, rule) for one in condition.parts)})"


def _operator(condition: syntax.Comparison) -> str:
    sides = (condition.left, condition.right)
    timely = any(_TIMELY.search(syntax.render_term(one)) for one in sides)
    return (_TIMES if timely else {}).get(condition.operator, _COMPARED[condition.operator])


def _term(term: Term, rule: Rule) -> str:
    match term:
        case syntax.Field():
            things = {one.name: _thing(one, rule) for one in rule.when}
            return f"the {things.get(term.name, term.name)}'s {term.field.replace('_', ' ')}"
        case syntax.Literal():
            return f"`{syntax.render_term(term)}`"
        case syntax.CurrencyOf():
            return f"the currency of {_term(term.money, rule)}"
        case syntax.Arithmetic():
            sign = {"+": "+", "-": "-", "*": "times"}[term.operator]
            left, right = (_bracketed(one, rule) for one in (term.left, term.right))
            return f"{left} {sign} {right}"
        case _:
            return f"`{syntax.render_term(term)}`"


def _bracketed(term: Term, rule: Rule) -> str:
    inner = isinstance(term, syntax.Arithmetic)
    return f"({_term(term, rule)})" if inner else _term(term, rule)


def _examples(rule: Rule) -> Iterator[str]:
    for case in rule.tests:
        told = "\n".join(f"  - {_given(one)}" for one in case.given)
        fires = ", ".join(
            f"`{one if isinstance(one, str) else one.occurrence}`" for one in case.fires
        )
        said = f"fires for {fires}" if fires else "quiet"
        yield f"- {case.name[0].upper()}{case.name[1:]}: {said}.\n{told}"


def _given(fact: dict[str, Any]) -> str:
    (type_, id_), *rest = fact.items()
    own = f"{type_.replace('-', '_')}_id"
    values = ", ".join(
        f"{name.replace('_', ' ')} {_value(value)}" for name, value in rest if name != own
    )
    return f"{type_.replace('-', ' ')} `{id_}`{f': {values}' if values else ''}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['currency']} {value['amount']}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text)
    stale = {one.relative_to(FOLDER).as_posix() for one in FOLDER.rglob("*.md")} - set(pages())
    for name in stale:
        (FOLDER / name).unlink()
