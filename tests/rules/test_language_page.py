"""The page on the rule language: every rule, every condition and every refusal on it is run."""

import re
from pathlib import Path

import msgspec
import pytest

from rules.calendar import BusinessCalendar, read_calendar
from rules.checking import problems
from rules.compiling import compile_ruleset
from rules.derived.function import FUNCTIONS
from rules.document import DocumentError, read_yaml
from rules.expression import _AGGREGATES, _ARITHMETIC, _ASKS, _COMPARISONS, _MAKERS
from rules.fact import CLOCK, FIELD_TYPES, FactType, case_fact_type
from rules.language import read_ruleset
from rules.rule import Hit, RowOutcome, Severity
from rules.testing import run_cases
from rules.written import RuleDocument, RuleSetDocument

PAGE = (Path(__file__).parents[2] / "docs/reference/rule-language.md").read_text()
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
ROWS = [
    [re.sub(r"^`|`$", "", cell) for cell in re.split(r" \| ", line.strip("| "))]
    for line in PAGE.splitlines()
    if line.startswith("| `")
]
CONDITIONS = [row for row in ROWS if len(row) == 3 and row[1].startswith("{")]
REFUSED = [row for row in ROWS if len(row) == 2]
RULES = {named.group(1): text for text in BLOCKS if (named := re.match(r"rule: (\S+)", text))}
SETS = [text for text in BLOCKS if text.startswith("ruleset:")]
OFFICE = """
{calendar: office, version: 1.0.0, zone: UTC,
 hours: {mon: ["09:00-17:00"], tue: ["09:00-17:00"], wed: ["09:00-17:00"]}}
"""


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


@pytest.mark.parametrize("text", SETS)
def test_every_rule_set_of_the_page_passes_its_own_cases(types, text):
    calendars = {"office": BusinessCalendar(read_calendar(OFFICE))}
    compiled = compile_ruleset(read_ruleset(text), types)
    assert list(problems(compiled, calendars)) == []
    results = run_cases(compiled, calendars=calendars)
    assert results
    assert [one.because for one in results if not one.passed] == []
    compiled.close()


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
    documents = (RuleDocument, RuleSetDocument)
    members = {one.encode_name for kind in documents for one in msgspec.structs.fields(kind)}
    words = {
        *members,
        *FIELD_TYPES,
        *Severity.__args__,
        *RowOutcome.__args__,
        *Hit.__args__,
        "none",
        "in",
        "not in",
    }
    operators = {*_COMPARISONS.values(), *_ARITHMETIC.values(), " and ", " or ", "not "}
    calls = {f"{name}(" for name in (*_MAKERS, *FUNCTIONS, *_AGGREGATES, *_ASKS, "currency")}
    assert {one for one in (*words, *operators, *calls) if one not in PAGE} == set()
    assert len(CONDITIONS) > 30
    assert len(RULES) == 6
    assert len(SETS) == 1
