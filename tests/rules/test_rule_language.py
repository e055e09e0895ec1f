"""Rule sets are read from YAML; what is amiss is named with its line and column."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from rules import syntax
from rules.document import DocumentError
from rules.evaluation import holds
from rules.expression import MAX_CHARACTERS, read_condition, read_term
from rules.language import MAX_RULES, read_ruleset
from rules.rule import ExpectedFiring
from rules.syntax import Place, render, render_term
from rules.template import read_template, render_value

WRITTEN = """\
ruleset: billing-eligibility
version: 1.2.0
title: May this be billed?
process: quote-to-cash
owner: finance
rules:
  - rule: time-approved-without-rate
    version: 1.0.0
    title: Approved time has no agreed rate
    question: Is there an agreed rate?
    rationale: IFRS 15.B16.
    owner: finance
    severity: high
    type: RATE_MISSING
    when:
      - each: timesheet as t
        where: [t.status == "approved", t.billable]
      - none: rate as r
        where:
          - r.role == t.role
          - 'r.effective_from <= t.work_date'
    outcome: blocked
    reason: "Timesheet {t.timesheet_id}: no rate for {t.role}."
    money: {blocked: t.amount, delayed_since: t.approved_at}
    tests:
      - name: without a rate
        given:
          - {timesheet: TS-1, status: approved}
        fires: [TS-1, {occurrence: TS-2, reason: said}]
"""


def test_a_rule_set_is_read_whole():
    ruleset = read_ruleset(WRITTEN)
    (rule,) = ruleset.rules
    assert (ruleset.ruleset, ruleset.version, ruleset.process) == (
        "billing-eligibility",
        "1.2.0",
        "quote-to-cash",
    )
    assert [(one.fact_type, one.name, one.negated) for one in rule.when] == [
        ("timesheet", "t", False),
        ("rate", "r", True),
    ]
    assert [render(one) for one in rule.when[0].where] == [
        't.status == "approved"',
        "t.billable == true",
    ]
    assert rule.occurrence == "t"
    assert sorted(rule.money.terms) == ["blocked", "delayed_since"]
    assert rule.tests[0].fires == ("TS-1", ExpectedFiring(occurrence="TS-2", reason="said"))
    assert read_ruleset(WRITTEN.encode()) == ruleset


@pytest.mark.parametrize(
    ("old", "new", "because", "place"),
    [
        ("ruleset: billing-eligibility", "ruleset: Billing", "no kebab-case id", (1, 10)),
        ("version: 1.2.0", "version: '1.2'", "no semantic version", (2, 11)),
        ("rule: time-approved-without-rate", "rule: Time_x", "no kebab-case id", (7, 11)),
        ("severity: high", "severity: urgent", "Invalid enum value 'urgent'", (13, 15)),
        ("severity: high", "severity: high\n    color: red", "unknown field `color`", (14, 12)),
        ("each: timesheet as t", "each: timesheet", "is no binding", (16, 9)),
        ("each: timesheet as t", "each: timesheet as in", "is no binding", (16, 9)),
        ("each: timesheet as t", "any: timesheet as t", "unknown field `any`", (16, 14)),
        ("each: timesheet as t", "each: a as t\n        none: b as c", "either", (16, 9)),
        ("each: timesheet as t", "none: timesheet as t", "begins with `each`", (16, 7)),
        (", t.billable]", ", t.billable = true]", "compare with ==", (17, 52)),
        (", t.billable]", ", true]", "true alone is no condition", (17, 41)),
        ("- r.role == t.role", "- r.role is t.role", "compares objects", (20, 13)),
        ("'r.effective_from <= t.work_date'", "'r.a <= t.b / 2'", "not exact", (21, 21)),
        ("{t.role}.", "{t.role.", "never closed", (23, 54)),
        ("{t.role}.", "}.", "closes nothing", (23, 54)),
        ("{t.role}.", "{t}.", "alone is no value", (23, 55)),
        ("blocked: t.amount", "blocked: t.amount +", "no expression", (24, 22)),
    ],
)
def test_what_is_amiss_is_named_with_its_place(old, new, because, place):
    with pytest.raises(DocumentError, match=because) as refused:
        read_ruleset(WRITTEN.replace(old, new, 1))
    assert (refused.value.line, refused.value.column) == place


def test_a_rule_set_has_rules_but_not_endlessly_many():
    head = WRITTEN.partition("rules:")[0]
    with pytest.raises(DocumentError, match="at least one rule"):
        read_ruleset(head + "rules: []")
    rule = (
        "{rule: r, version: 1.0.0, title: t, severity: low, type: T, outcome: warning, "
        'reason: "", when: []}'
    )
    with pytest.raises(DocumentError, match=f"at most {MAX_RULES} rules"):
        read_ruleset(head + "rules:\n" + f" - {rule}\n" * (MAX_RULES + 1))
    with pytest.raises(DocumentError, match="begins with `each`"):
        read_ruleset(head + f"rules: [{rule}]")


def test_one_condition_may_stand_without_a_list():
    text = WRITTEN.replace('where: [t.status == "approved", t.billable]', "where: t.billable")
    assert len(read_ruleset(text).rules[0].when[0].where) == 1


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("", "is no expression"),
        ("t.a ==", "is no expression"),
        ("t.a == 'x", "is no expression"),
        ("t.a", ""),
        ("a", "is no condition"),
        ("3", "is no condition"),
        ("t.a + t.b", "is no condition"),
        ("lambda: 1", "is no condition"),
        ("__import__('os')", "is no condition"),
        ("t.a == __import__('os')", "no function '__import__'"),
        ("t.a == dat('2026-01-01')", "did you mean 'date'"),
        ("t.a == date('2026-02-30')", "day is out of range"),
        ("t.a == date(2026)", "date"),
        ("t.a == date(year='2026')", "takes no names"),
        ("t.a == date(t.b)", "takes literals only"),
        ("t.a == days(1.5)", "a whole number is expected"),
        ("t.a == days(True)", "a whole number is expected"),
        ("t.a == days(10**9)", "takes literals only"),
        ("t.a == days(10000000000)", "days"),
        ("t.a == money('x', 'EUR')", "not a decimal amount"),
        ("t.a == money('1', 'euro')", "ISO 4217"),
        ("t.a == instant('2026-01-01T00:00:00')", "no time zone"),
        ("t.a == 1e999", "is not finite|no decimal|digits"),
        ("t.a == None", "is not allowed here"),
        ("t.a == b'x'", "is not allowed here"),
        ("t.a == [1]", "is not allowed here"),
        ("t.a == approved", "alone is no value"),
        ("t.a == +t.b", "is not allowed here"),
        ("t.a == t.b.c", "written name.field"),
        ("t.a == t.b % 2", "remainders"),
        ("t.a == t.b ** 2", "powers"),
        ("t.a == t.b // 2", "not exact"),
        ("t.a == t.b @ t.c", "use \\+ - \\*"),
        ("t.a in 'abc'", "takes a list"),
        ("t.a in []", "takes a list"),
        ("exists(t)", "takes one field"),
        ("missing(t.a, t.b)", "takes one field"),
        ("currency(3) == 'EUR'", "takes one field"),
        ("not t", "is no condition"),
        ("t.a == 1 and 2", "is no condition"),
        ("t.a if t.b else t.c", "is no condition"),
        ("t.a := 3", "is no expression"),
        ("(" * 250 + ")" * 250, "is no expression"),
        ("t.a == '\x00'", "cannot be read|no expression"),
        ("t.a == " + "1" * MAX_CHARACTERS, "at most 2000 characters"),
        ("t.a in [" + "1," * 500 + "]", "at most 400 parts"),
    ],
)
def test_an_expression_is_a_small_part_of_pythons(text, because):
    if not because:
        assert render(read_condition(text)) == "t.a == true"
        return
    with pytest.raises(DocumentError, match=because) as refused:
        read_condition(text)
    assert refused.value.line == 0


def test_the_place_counts_characters_not_bytes():
    with pytest.raises(DocumentError) as refused:
        read_condition('t.a == "ünï" and x', Place(line=4, column=10))
    assert (refused.value.line, refused.value.column) == (4, 27)


def test_a_condition_over_several_lines_keeps_its_line():
    with pytest.raises(DocumentError) as refused:
        read_condition("t.a == 1\n  and x", Place(line=4, column=10))
    assert (refused.value.line, refused.value.column) == (4, 0)
    assert isinstance(read_condition("  t.a == 1\n and t.b"), syntax.All)


@pytest.mark.parametrize(
    "text",
    [
        't.a == "x \\"y\\" \\\\"',
        "t.a == true",
        "t.a == -3",
        "t.a == 2.50",
        't.a == money("1.50", "EUR")',
        't.a == date("2026-03-02")',
        't.a == instant("2026-03-02T09:30:00Z")',
        "t.a == days(3)",
        "t.a == hours(-3)",
        "t.a == minutes(90)",
        "t.a == seconds(61)",
        "t.a == microseconds(1)",
        "t.a < (t.b + 1) * (-1 * t.c)",
        "currency(t.a) != currency(t.b)",
        '"x" in t.tags',
        "t.a not in t.tags",
        "exists(t.a)",
        "missing(t.a)",
        "not ((t.a == 1) or (t.b == 2))",
        "(t.a == 1) and (t.b == 2)",
    ],
)
def test_what_is_rendered_reads_the_same(text):
    assert render(read_condition(text)) == text


def test_a_fraction_is_exact():
    assert read_term("0.1") == syntax.Literal(value=Decimal("0.1"))
    assert read_term("1_000.5") == syntax.Literal(value=Decimal("1000.5"))
    assert render_term(read_term("-decimal('1.10')")) == "-1.10"
    assert read_term("-days(1)") == syntax.Literal(value=timedelta(days=-1))


def test_a_template_is_text_and_terms():
    template = read_template("{{{t.a}}} and {t.b - 1}")
    assert [one if isinstance(one, str) else render_term(one) for one in template.parts] == [
        "{",
        "t.a",
        "} and ",
        "t.b - 1",
    ]
    assert len(template.terms) == 2
    assert read_template("plain").parts == ("plain",)
    assert read_template("{t.a}").terms


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "unknown"),
        (False, "no"),
        (3, "3"),
        (Decimal("1234.50"), "1,234.50"),
        (["a", "b"], "a, b"),
        (timedelta(), "0 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=2, hours=1, minutes=5), "2 days 1 hour 5 minutes"),
        (datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC), "2026-03-02T09:30:00Z"),
        (timedelta(hours=-2), "-2 hours"),
        (timedelta(seconds=90, microseconds=500), "1 minute 30.0005 seconds"),
    ],
)
def test_a_value_is_rendered_for_people(value, shown):
    assert render_value(value) == shown


@pytest.mark.parametrize("error", [MemoryError("deep"), RecursionError("deep"), ValueError("null")])
def test_a_text_that_pythons_parser_cannot_bear_is_refused(monkeypatch, error):
    def unbearable(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("rules.expression.ast.parse", unbearable)
    with pytest.raises(DocumentError, match="cannot be read"):
        read_condition("t.a == 1")


def test_a_not_is_pushed_down_before_it_is_evaluated():
    with pytest.raises(TypeError, match="holds no `not`"):
        holds(read_condition("not t.a"))
