"""A rule's own test cases are run, and a failing one says what came instead."""

import pytest

from rules.deciding import decide_reference
from rules.testing import run_cases

GIVEN = [
    {"timesheet": "TS-1", "lines": 3, "amount": {"amount": "10.50", "currency": "EUR"}},
    {"timesheet": "TS-2", "lines": 9},
]


def results(firm, *cases: dict, **members: object):
    when = [{"each": "timesheet as t", "where": ["t.lines < 5"]}]
    written = [{"name": f"case {n}", "given": GIVEN, **case} for n, case in enumerate(cases)]
    rule = firm.rule(
        **{
            "when": when,
            "money": {"blocked": "t.amount"},
            "reason": "{t.lines} lines",
            "tests": written,
            **members,
        }
    )
    return run_cases(firm.compiled(rule))


@pytest.mark.parametrize(
    "fires",
    [
        ["TS-1"],
        [{"occurrence": "TS-1"}],
        [{"occurrence": "TS-1", "reason": "3 lines"}],
        [{"occurrence": "TS-1", "blocked": {"amount": "10.5", "currency": "EUR"}}],
    ],
)
def test_a_case_passes_when_what_fires_is_what_was_expected(firm, fires):
    (result,) = results(firm, {"fires": fires})
    assert (result.passed, result.because) == (True, "")
    assert (result.rule, result.name, result.pointer) == ("a-rule", "case 0", "/rules/0/tests/0")


@pytest.mark.parametrize(
    ("case", "because"),
    [
        ({"fires": []}, "expected no firing, came ['TS-1']"),
        ({"fires": ["TS-1", "TS-2"]}, "expected ['TS-1', 'TS-2'], came ['TS-1']"),
        (
            {"fires": ["TS-2"], "given": GIVEN[1:]},
            (
                "expected ['TS-2'], came no firing: timesheet TS-2: lines are 9, not below 5; "
                "asked was t.lines < 5"
            ),
        ),
        (
            {"fires": [{"occurrence": "TS-1", "reason": "4 lines"}]},
            "TS-1: reason is 3 lines, expected 4 lines",
        ),
        (
            {"fires": [{"occurrence": "TS-1", "blocked": {"amount": "9", "currency": "EUR"}}]},
            "TS-1: blocked is EUR 10.50, expected EUR 9.00",
        ),
        (
            {"fires": [{"occurrence": "TS-1", "exposure": {"amount": "9", "currency": "EUR"}}]},
            "TS-1: exposure is None, expected EUR 9.00",
        ),
        ({"fires": [], "given": [{"timesheet": "T", "lines": "x"}]}, "lines: 'x' is no integer"),
        (
            {"fires": [], "given": [{"timesheet": "T", "lines": 2**63}]},
            "not evaluated: timesheet T: lines: too large",
        ),
    ],
)
def test_a_case_that_fails_says_what_came(firm, case, because):
    (result,) = results(firm, case)
    assert not result.passed
    assert because in result.because


def test_cases_may_be_run_without_the_engine(firm):
    case = {"name": "a case", "given": GIVEN, "fires": ["TS-1", "TS-2"]}
    compiled = firm.compiled(firm.rule(tests=[case]))
    (result,) = run_cases(compiled, decide_reference)
    assert result.passed


def test_each_case_of_each_rule_has_its_result(firm):
    found = results(firm, {"fires": ["TS-1"]}, {"fires": []})
    assert [(one.name, one.passed) for one in found] == [("case 0", True), ("case 1", False)]


def test_a_rule_with_a_problem_fails_its_cases(firm):
    (result,) = results(firm, {"fires": []}, reason="{t.nowhere}")
    assert "no field 'nowhere'" in result.because
