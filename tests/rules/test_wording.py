"""Under one version a rule says one thing."""

import pytest
from small_billing import RULES

from rules.language import read_ruleset
from rules.wording import reworded

WRITTEN = read_ruleset(RULES)
NEXT = RULES.replace("version: 1.0.0", "version: 1.1.0", 1)
RAISED = NEXT.replace("version: 1.0.0", "version: 1.0.1", 1)


@pytest.mark.parametrize(
    ("old", "new", "members"),
    [
        ("severity: high", "severity: low", "severity"),
        ("missing(e.po_number)", "exists(e.po_number)", "when"),
        ("money: {blocked: t.amount}", "money: {exposure: t.amount}", "money"),
        ("no purchase order.", "no order.", "reason"),
    ],
)
def test_a_rule_that_says_something_else_is_told_to_raise_its_version(old, new, members):
    (problem,) = reworded(read_ruleset(NEXT.replace(old, new, 1)), [WRITTEN])
    assert problem.detail == (
        f"'no-purchase-order' says something else than in 1.0.0 ({members}) and is still 1.0.0; "
        "raise its version, e.g. to 1.0.1"
    )
    assert NEXT.splitlines()[problem.line - 1].strip() == "version: 1.0.0"
    assert not list(reworded(read_ruleset(RAISED.replace(old, new, 1)), [WRITTEN]))


def test_another_place_and_another_test_case_are_no_other_wording():
    moved = NEXT.replace("rules:\n", "rules:\n  # as agreed\n", 1)
    more = moved.replace("time without a purchase order", "any time without one", 1)
    assert not list(reworded(read_ruleset(more), [WRITTEN]))


def test_a_version_that_is_taken_is_not_suggested():
    taken = read_ruleset(RAISED.replace("severity: high", "severity: low", 1))
    third = read_ruleset(NEXT.replace("severity: high", "severity: medium", 1))
    (problem,) = reworded(third, [WRITTEN, taken])
    assert problem.detail.endswith("e.g. to 1.0.2")
