"""A decision table: rows of cells, and a hit policy that says which of those that hold speak."""

import pytest

from rules.checking import check
from rules.document import DocumentError
from rules.language import read_ruleset
from rules.testing import run_cases


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def table(hit: str, *rows: list, inputs: list[str] | None = None) -> dict:
    written = [{"when": cells, **said} for *cells, said in rows]
    return {"hit": hit, "inputs": inputs or ["t.role", "t.lines"], "rows": written}


ROWS = [
    ["senior", "> 5", {"outcome": "blocked", "reason": "Too much.", "severity": "low"}],
    [
        "-",
        "between 3 and 9",
        {"outcome": "warning", "money": {"exposure": "t.cost"}, "priority": 5},
    ],
    ['in ["junior", "senior"]', "-", {"outcome": "clear"}],
]


def said(firm, timesheet, hit: str, *rows: list, **data: object) -> list[tuple[str, str]]:
    fact = timesheet(amount=eur("5"), cost=eur("7"), **data)
    rule = firm.rule(
        table=table(hit, *(rows or ROWS)), reason="As usual.", money={"blocked": "t.amount"}
    )
    decision = firm.asked(rule, facts=[fact])
    assert decision.not_evaluated == ()
    assert decision.evaluated == ("a-rule",)
    return [(one.outcome, one.reason) for one in decision.firings]


def test_the_first_row_that_holds_speaks(firm, timesheet):
    assert said(firm, timesheet, "first", role="senior", lines=6) == [("blocked", "Too much.")]
    assert said(firm, timesheet, "first", role="other", lines=3) == [("warning", "As usual.")]
    assert said(firm, timesheet, "first", role="other", lines=2) == []


def test_a_row_may_let_it_pass(firm, timesheet):
    rule = firm.rule(table=table("first", *reversed(ROWS)))
    decision = firm.asked(rule, facts=[timesheet(role="senior", lines=6)])
    assert decision.not_fired[0].because == "row 1 of its table lets it pass"


def test_the_row_of_the_highest_priority_speaks(firm, timesheet):
    assert said(firm, timesheet, "priority", role="senior", lines=6) == [("warning", "As usual.")]
    assert said(firm, timesheet, "priority", role="senior", lines=60) == [("blocked", "Too much.")]


def test_rows_are_collected_in_one_firing(firm, timesheet):
    rule = firm.rule(
        table=table("collect", *ROWS),
        money={"exposure": "t.amount"},
        reason="As usual.",
        severity="medium",
    )
    fact = timesheet(role="senior", lines=6, amount=eur("5"), cost=eur("7"))
    (firing,) = firm.asked(rule, facts=[fact]).firings
    assert (firing.outcome, firing.severity) == ("blocked", "medium")
    assert firing.reason == "Too much. As usual."
    assert str(firing.exposure) == "EUR 12.00"
    mixed = timesheet(
        role="senior", lines=6, amount=eur("5"), cost={"amount": "7", "currency": "USD"}
    )
    (unasked,) = firm.asked(rule, facts=[mixed]).not_evaluated
    assert "mixed currencies: EUR, USD" in unasked.because


def test_two_rows_of_which_one_may_hold_are_not_evaluated(firm, timesheet):
    rule = firm.rule(table=table("unique", *ROWS))
    decision = firm.asked(rule, facts=[timesheet(role="senior", lines=6)])
    (unasked,) = decision.not_evaluated
    assert unasked.reason == "ambiguous-table"
    assert unasked.because == "the rows 1 and 2 and 3 of its table hold at once of timesheet TS-1"


def test_a_table_may_join_facts(firm, timesheet):
    rule = firm.rule(
        when=[{"each": "timesheet as t"}, {"each": "engagement as e"}],
        table=table(
            "first",
            ["retainer", "> e.cap", {}],
            ["missing", "-", {"outcome": "warning"}],
            inputs=["e.billing_model", "t.amount"],
        ),
    )
    sheets = [timesheet("1", amount=eur("5")), timesheet("2", amount=eur("50"))]
    retainer = firm.fact("engagement", "E", billing_model="retainer", cap=eur("10"))
    fired = firm.asked(rule, facts=[*sheets, retainer]).firings
    assert [(one.occurrence, one.outcome) for one in fired] == [("2", "blocked")]
    fired = firm.asked(rule, facts=[*sheets, firm.fact("engagement", "E")]).firings
    assert [(one.occurrence, one.outcome) for one in fired] == [("1", "warning"), ("2", "warning")]


@pytest.mark.parametrize(
    ("cell", "lines"),
    [
        ("5", [5]),
        (5, [5]),
        ("!= 5", [1, 4, 6]),
        ("<= 4", [1, 4]),
        ("in [1, 4, 5, 6, 7]", [1, 4, 5, 6]),
        ("not in [1, 4]", [5, 6]),
        ("between 4 and 5", [4, 5]),
        ("t.hours", [6]),
        ("exists", [1, 4, 5, 6]),
        ("missing", [0]),
    ],
)
def test_a_cell_is_a_short_condition(firm, timesheet, cell, lines):
    facts = [
        timesheet("0", hours="6"),
        *(timesheet(str(n), lines=n, hours="6") for n in (1, 4, 5, 6)),
    ]
    rule = firm.rule(table=table("first", [cell, {}], inputs=["t.lines"]))
    fired = firm.asked(rule, facts=facts).firings
    assert [int(one.occurrence) for one in fired] == lines


def test_a_yes_or_no_is_a_cell(firm, timesheet):
    rule = firm.rule(table=table("first", [False, {}], inputs=["t.billable"]))
    assert not firm.asked(rule, facts=[timesheet(billable=True)]).firings
    assert firm.asked(rule, facts=[timesheet(billable=False)]).firings


@pytest.mark.parametrize(
    ("written", "because"),
    [
        (table("first", ["a", {}]), "1 cells for 2 inputs"),
        (table("last", ["a", "-", {}]), "Invalid enum value 'last'"),
        (table("first"), "at least one input and one row"),
        (table("first", ["a", "> ", {}]), "the cell '>' of t.lines: 't.lines >' is no expression"),
        (table("first", ["a", "-", {"outcome": "never"}]), "Invalid enum value 'never'"),
        (table("first", *[["a", "-", {}]] * 201), "at most 200 rows"),
    ],
)
def test_a_table_is_written_exactly(firm, written, because):
    with pytest.raises(DocumentError, match=because):
        firm.read(firm.rule(table=written))


def test_a_cell_that_does_not_fit_is_named_with_its_place(firm):
    text = firm.document(firm.rule(table=table("first", ["a", "x.y", {}], ["b", "> 'z'", {}])))
    ruleset = read_ruleset(text.replace("\"> 'z'\"", "\n\"> 'z'\""))
    problems = check(ruleset, firm.types)
    assert [(one.detail.partition(";")[0], one.line) for one in problems] == [
        ("nothing is named 'x'", 1),
        ("\"z\" is no integer: 'z' is not a decimal amount, e.g. 1234.50", 2),
    ]


def test_test_cases_are_asked_of_the_whole_table(firm):
    given = [{"timesheet": "T", "role": "senior", "lines": 6}]
    rule = firm.rule(
        table=table("first", *ROWS), tests=[{"name": "one", "given": given, "fires": ["T"]}]
    )
    assert [one.passed for one in run_cases(firm.compiled(rule))] == [True]


def test_many_values_of_one_field_are_one_question(firm, timesheet):
    choices = ", ".join(f'"{number}"' for number in range(90))
    condition = [f"t.role in [{choices}] and t.timesheet_id not in [{choices}]"]
    assert firm.occurrences(condition, timesheet(role="89"), timesheet("2", role="x")) == ["TS-1"]
