"""The page on the rule language: every rule, every condition and every refusal on it is run."""

import re
from pathlib import Path

import msgspec
import pytest

from rules.checking import problems
from rules.document import DocumentError, read_yaml
from rules.expression import _ARITHMETIC, _COMPARISONS, _MAKERS
from rules.fact import CLOCK, FIELD_TYPES, FactType, case_fact_type
from rules.language import Outcome, Severity, _RuleDocument
from rules.testing import run_cases

PAGE = (Path(__file__).parents[2] / "docs/reference/rule-language.md").read_text()
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
ROWS = [
    [re.sub(r"^`|`$", "", cell) for cell in re.split(r" \| ", line.strip("| "))]
    for line in PAGE.splitlines()
    if line.startswith("| `")
]
CONDITIONS = [row for row in ROWS if len(row) == 3 and row[1].startswith("{")]
REFUSED = [row for row in ROWS if len(row) == 2]
RULES = {re.match(r"rule: (\S+)", text).group(1): text for text in BLOCKS[1:]}


@pytest.fixture
def types(firm) -> dict[str, FactType]:
    """The page's own fact types, given to the firm."""
    told = read_yaml(BLOCKS[0])[0]
    firm.types = {
        "case": case_fact_type(),
        "clock": CLOCK,
        **{name: FactType(name=name, fields=fields) for name, fields in told.items()},
    }
    return firm.types


@pytest.mark.parametrize("name", RULES)
def test_every_rule_of_the_page_passes_its_own_cases(firm, types, name):
    rule = read_yaml(RULES[name])[0]
    compiled = firm.compiled(rule)
    assert list(problems(compiled)) == []
    results = run_cases(compiled)
    assert results
    assert [one.because for one in results if not one.passed] == []


@pytest.mark.parametrize(("condition", "holds", "not_of"), CONDITIONS)
def test_every_condition_of_the_page_holds_of_what_it_says(firm, types, condition, holds, not_of):
    facts = [
        firm.fact("timesheet", id_, **read_yaml(data)[0])
        for id_, data in (("yes", holds), ("no", not_of))
    ]
    assert firm.occurrences([condition], *facts) == ["yes"]


@pytest.mark.parametrize(("condition", "because"), REFUSED)
def test_every_refusal_of_the_page_is_made(firm, types, condition, because):
    when = [{"each": "timesheet as t", "where": [condition]}]
    try:
        found = [one.detail for one in problems(firm.compiled(firm.rule(when=when)))]
    except DocumentError as error:
        found = [error.message]
    assert any(because in one for one in found), found


def test_the_page_leaves_nothing_of_the_language_out():
    members = {one.encode_name for one in msgspec.structs.fields(_RuleDocument)}
    words = {*members, *FIELD_TYPES, *Severity.__args__, *Outcome.__args__, "none", "in", "not in"}
    operators = {*_COMPARISONS.values(), *_ARITHMETIC.values(), " and ", " or ", "not "}
    calls = {f"{name}(" for name in (*_MAKERS, "currency", "exists", "missing")}
    assert {one for one in (*words, *operators, *calls) if one not in PAGE} == set()
    assert len(CONDITIONS) > 30
    assert len(RULES) == 4
