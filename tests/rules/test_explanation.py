"""A decision told rule by rule: each condition, what stood there, and where it came from."""

from collections.abc import Sequence
from typing import Any

import pytest

from rules.compiling import compile_ruleset
from rules.deciding import decide_reference
from rules.decision import Fact
from rules.explanation.explained import ExplainedRule, explain
from rules.explanation.words import PLAIN, Words
from rules.language import read_ruleset

WORDS = Words(
    moments={"approved_at": "Time approved"},
    promises={"time-to-invoice": "Time is invoiced within five days"},
)


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


@pytest.fixture
def told(firm):
    """Every rule of a decision about *facts*, explained."""

    def explained(
        *rules: dict[str, Any],
        facts: Sequence[Fact],
        words: Words = PLAIN,
        ledger: bool = False,
        occurrence: str | None = None,
        **members: Any,
    ) -> tuple[ExplainedRule, ...]:
        compiled = compile_ruleset(read_ruleset(firm.document(*rules, **members)), firm.types)
        assert compiled.problems == ()
        decision = decide_reference(compiled, facts)
        known = None if ledger else facts
        return explain(compiled, decision, known, words=words, occurrence=occurrence)

    return explained


def states(one: ExplainedRule) -> list[tuple[str, str]]:
    return [(each.asked, each.state) for each in one.conditions]


def test_a_rule_that_held_tells_its_reason_its_money_and_what_every_condition_found(
    firm, told, timesheet
):
    rule = firm.rule(
        when=[
            {
                "each": "timesheet as t",
                "where": ['t.status == "approved"', "exists(t.approved_at)"],
            },
            {"each": "engagement as e", "where": ["t.amount > e.cap"]},
            {"none": "rate as r", "where": ["r.role == t.role", "r.effective_from <= t.work_date"]},
        ],
        reason="Timesheet {t.timesheet_id} may not be billed.",
        money={"blocked": "t.amount"},
        owner="finance",
    )
    facts = [
        timesheet(
            amount=eur("12400"),
            role="senior-consultant",
            work_date="2026-03-02",
            approved_at="2026-03-03T10:00:00.25Z",
        ),
        firm.fact("engagement", "E-14", cap=eur("9000")),
    ]
    (one,) = told(rule, facts=facts, words=WORDS)
    assert one.sentence == "Timesheet TS-1 may not be billed. EUR 12,400.00 is blocked."
    assert (one.state, one.occurrence, one.owner) == ("fired", "TS-1", "finance")
    assert [each.words for each in one.conditions] == [
        "Timesheet TS-1: status is approved.",
        "Timesheet TS-1: “Time approved” happened at 2026-03-03T10:00:00Z.",
        "Engagement E-14: cap is EUR 9,000.00, below timesheet TS-1's amount (EUR 12,400.00).",
        "There is no rate with role senior consultant and effective from on or before 2026-03-02.",
    ]
    assert {each.state for each in one.conditions} == {"held"}
    cap, amount = one.conditions[2].data[::-1]
    assert (cap.fact_id, cap.field, cap.value) == ("E-14", "cap", "EUR 9,000.00")
    assert (amount.label, amount.value) == ("amount", "EUR 12,400.00")


def test_a_quiet_rule_is_told_up_to_the_condition_that_fails(firm, told, timesheet):
    where = ["t.billable", "exists(t.role)", "t.lines > 3", "t.hours > 8.0"]
    rule = firm.rule(when=[{"each": "timesheet as t", "where": where}])
    (one,) = told(rule, facts=[timesheet(billable=True, role="senior", lines=2)])
    assert one.state == "quiet"
    assert one.sentence == "Timesheet TS-1: lines are 2, not above 3."
    assert [state for _, state in states(one)] == ["held", "held", "failed", "not_reached"]


@pytest.mark.parametrize(
    ("occurrence", "sentence"),
    [
        (None, "Timesheet TS-2: lines are 2, not above 3."),
        ("TS-1", "Timesheet TS-1: “billable” is no."),
        ("TS-9", "Timesheet TS-2: lines are 2, not above 3."),
    ],
    ids=["the nearest", "the one asked about", "one that nobody knows"],
)
def test_a_quiet_rule_tells_of_the_occurrence_that_is_asked_about(
    firm, told, timesheet, occurrence, sentence
):
    rule = firm.rule(when=[{"each": "timesheet as t", "where": ["t.billable", "t.lines > 3"]}])
    facts = [timesheet(billable=False, lines=9), timesheet("TS-2", billable=True, lines=2)]
    (one,) = told(rule, facts=facts, occurrence=occurrence)
    assert one.sentence == sentence


def test_a_datum_that_is_missing_is_unknown_rather_than_wrong(firm, told, timesheet):
    rule = firm.rule(when=[{"each": "timesheet as t", "where": ["t.approved_at > t.submitted_at"]}])
    (one,) = told(rule, facts=[timesheet("TE-12")], words=WORDS)
    assert one.sentence == "Timesheet TE-12: “Time approved” has not happened."
    assert states(one) == [("t.approved_at > t.submitted_at", "unknown")]
    assert [each.value for each in one.conditions[0].data] == [None, None]


def test_what_is_summed_up_is_counted_and_shown(firm, told, timesheet):
    summed = 'sum(t.amount for t in timesheet if t.status == "approved")'
    rule = firm.rule(
        when=[{"each": "engagement as e", "where": [f"{summed} > e.cap"]}], occurrence="e"
    )
    facts = [
        timesheet("TS-1", amount=eur("100")),
        timesheet("TS-2", amount=eur("250")),
        timesheet("TS-3", amount=eur("999"), status="rejected"),
        firm.fact("engagement", "E-1", cap=eur("400")),
    ]
    (one,) = told(rule, facts=facts)
    assert one.sentence == (
        "Engagement E-1: the sum of the amounts of 2 timesheets (TS-1 and TS-2) is EUR 350.00, "
        "not above cap (EUR 400.00)."
    )
    total = one.conditions[0].data[0]
    assert (total.value, total.counted) == ("EUR 350.00", 2)
    assert [(each.fact_id, each.value) for each in total.rests_on] == [
        ("TS-1", "EUR 100.00"),
        ("TS-2", "EUR 250.00"),
    ]


def test_nothing_to_sum_up_is_said(firm, told):
    summed = "sum(t.amount for t in timesheet)"
    rule = firm.rule(
        when=[{"each": "engagement as e", "where": [f"{summed} > e.cap"]}], occurrence="e"
    )
    (one,) = told(rule, facts=[firm.fact("engagement", "E-1", cap=eur("400"))])
    assert one.sentence == "Engagement E-1: there is no timesheet to add up."


def test_a_derived_datum_leads_down_to_what_it_rests_on(firm, told, timesheet):
    rule = firm.rule(when=[{"each": "timesheet as t", "where": ["t.loss > t.cost"]}])
    derived = [
        {"each": "timesheet as t", "field": "margin", "is": "t.amount - t.cost"},
        {"each": "timesheet as t", "field": "loss", "is": "t.cost - t.margin"},
    ]
    facts = [timesheet(amount=eur("100"), cost=eur("80"))]
    (one,) = told(rule, facts=facts, derived=derived)
    loss = one.conditions[0].data[0]
    assert (loss.label, loss.value) == ("loss", "EUR 60.00")
    assert [each.field for each in loss.rests_on] == ["cost", "margin"]
    assert [each.value for each in loss.rests_on[1].rests_on] == ["EUR 100.00", "EUR 80.00"]


def test_a_table_names_the_row(firm, told, timesheet):
    table = {
        "hit": "first",
        "inputs": ["t.lines", "t.role"],
        "rows": [
            {"when": ["> 5", "senior"], "outcome": "blocked"},
            {"when": ["> 1", "junior"], "outcome": "clear"},
        ],
    }
    rule = firm.rule(when=[{"each": "timesheet as t"}], table=table)
    (fired,) = told(rule, facts=[timesheet(lines=7, role="senior")])
    assert (fired.row, fired.state) == (1, "fired")
    (passed,) = told(rule, facts=[timesheet(lines=2, role="junior")])
    assert (passed.row, passed.sentence) == (2, "Row 2 of its table lets it pass.")
    assert [each.words for each in passed.conditions] == [
        "Timesheet TS-1: lines are 2, above 1.",
        "Timesheet TS-1: role is junior.",
    ]
    (near,) = told(rule, facts=[timesheet(lines=2, role="partner")])
    assert (near.row, near.sentence) == (2, "Timesheet TS-1: role is partner, not junior.")


def test_a_fact_that_may_not_be_there_is_described(firm, told, timesheet):
    rule = firm.rule(
        when=[
            {"each": "timesheet as t"},
            {"none": "rate as r", "where": ["r.role == t.role", "t.timesheet_id in r.roles"]},
        ]
    )
    rate = firm.fact("rate", "R-1", role="senior", roles=["TS-1"])
    (one,) = told(rule, facts=[timesheet(role="senior"), rate])
    assert one.sentence == (
        "There is rate R-1: role is senior, the same as timesheet TS-1's role (senior); "
        "roles are TS-1, timesheet TS-1 among them."
    )
    (alone,) = told(rule, facts=[])
    assert alone.sentence == "There is no timesheet."
    assert states(alone)[0] == ("each: timesheet as t", "failed")


def test_a_promise_is_called_by_its_title(firm, told):
    where = ['c.sla == "time-to-invoice"', 'c.state == "absent"']
    rule = firm.rule(when=[{"each": "clock as c", "where": where}], occurrence="c")
    clock = firm.fact(
        "clock", "time-to-invoice:TS-1", sla="time-to-invoice", object="TS-1", state="met"
    )
    (none,) = told(rule, facts=[], words=WORDS)
    assert none.sentence == "The promise “Time is invoiced within five days” does not run."
    (kept,) = told(rule, facts=[clock], words=WORDS)
    assert kept.sentence == (
        "The promise “Time is invoiced within five days” on TS-1: it is kept in time, not overdue."
    )


def test_a_rule_that_does_not_apply_and_one_that_cannot_be_checked_say_so(firm, told, timesheet):
    elsewhere = firm.rule(applies={"engagement.billing_model": ["fixed-fee"]})
    (one,) = told(
        elsewhere, facts=[timesheet(), firm.fact("engagement", "E-1", billing_model="retainer")]
    )
    assert one.state == "not_asked"
    assert one.sentence == (
        "Not asked: it applies where engagement billing model is fixed fee; it is retainer."
    )
    summed = firm.rule(
        when=[{"each": "engagement as e", "where": ["sum(t.amount for t in timesheet) > e.cap"]}],
        occurrence="e",
    )
    facts = [
        timesheet("TS-1", amount=eur("1")),
        timesheet("TS-2", amount={"amount": "1", "currency": "GBP"}),
        firm.fact("engagement", "E-1", cap=eur("9")),
    ]
    (mixed,) = told(summed, facts=facts)
    assert mixed.state == "not_evaluated"
    assert mixed.sentence.startswith("This could not be checked: ")


def test_without_its_facts_a_decision_is_told_from_the_ledger(firm, told, timesheet):
    fires = firm.rule(rule="fires", reason="It is {t.status}.")
    quiet = firm.rule(
        rule="quiet", when=[{"each": "timesheet as t", "where": ["t.lines > 3"]}], owner="delivery"
    )
    first, second = told(fires, quiet, facts=[timesheet(lines=2)], ledger=True)
    assert (first.sentence, first.conditions) == ("It is approved.", ())
    assert second.sentence == "Timesheet TS-1: lines are 2, not above 3."
    assert (second.owner, second.conditions) == ("delivery", ())


def test_one_that_yields_to_another_of_its_kind_says_to_which(firm, told, timesheet):
    rules = [firm.rule(rule=name, priority=rank) for name, rank in (("first", 2), ("second", 1))]
    _, yielding = told(*rules, facts=[timesheet()])
    assert yielding.sentence == "First has priority on TS-1."


@pytest.mark.parametrize(
    ("where", "told_of"),
    [
        (["r.role != t.role"], "role other than senior"),
        (["exists(r.roles)"], "a known roles"),
        (["missing(r.hourly)"], "no known hourly"),
        (["t.timesheet_id in r.roles"], "roles with timesheet TS-1"),
        (['"partner" not in r.roles'], "roles without partner"),
        (
            ["missing(r.effective_from) or r.effective_from > t.work_date"],
            "no known effective from or effective from after 2026-03-02",
        ),
        (
            ['(r.role == "x" and exists(r.hourly)) or r.effective_from == t.work_date'],
            "role x and a known hourly or effective from 2026-03-02",
        ),
        (
            ["r.effective_from > t.work_date + days(2)"],
            "effective from after timesheet TS-1's work date + 2 days (2026-03-04)",
        ),
    ],
)
def test_what_must_not_be_there_is_described(firm, told, timesheet, where, told_of):
    rule = firm.rule(when=[{"each": "timesheet as t"}, {"none": "rate as r", "where": where}])
    facts = [timesheet(role="senior", work_date="2026-03-02")]
    (one,) = told(rule, facts=facts, words=WORDS)
    assert one.conditions[-1].words == f"There is no rate with {told_of}."


def test_of_what_must_not_be_there_moments_and_marks_are_described(firm, told, timesheet):
    where = ["x.billable", "not x.billable", "exists(x.approved_at)", "missing(x.approved_at)"]
    rule = firm.rule(
        when=[{"each": "engagement as e"}, {"none": "timesheet as x", "where": where}],
        occurrence="e",
    )
    (one,) = told(rule, facts=[firm.fact("engagement", "E-1")], words=WORDS)
    assert one.conditions[0].words == (
        "There is no timesheet with “billable”, no “billable”, “Time approved” done and "
        "“Time approved” not done."
    )


def test_conditions_with_several_parts_tell_those_that_count(firm, told, timesheet):
    where = ["t.lines > 1 and t.billable", "t.lines > 9 or t.role == t.status or t.hours > 1.0"]
    rule = firm.rule(when=[{"each": "timesheet as t", "where": where}])
    fact = timesheet(lines=2, billable=True, role="approved", hours="0.5")
    (fired,) = told(rule, facts=[fact])
    assert [one.words for one in fired.conditions] == [
        "Timesheet TS-1: lines are 2, above 1; “billable” is yes.",
        "Timesheet TS-1: role is approved, the same as status (approved).",
    ]


def test_money_of_two_currencies_is_said_to_be_so(firm, told, timesheet):
    rule = firm.rule(when=[{"each": "timesheet as t", "where": ["t.amount > t.cost"]}])
    (one,) = told(rule, facts=[timesheet(amount=eur("5"), cost={"amount": "1", "currency": "GBP"})])
    assert one.sentence == (
        "Timesheet TS-1: amount is EUR 5.00, in another currency than cost (GBP 1.00)."
    )


def test_a_reason_says_words_rather_than_the_names_of_choices(firm, told, timesheet):
    rule = firm.rule(reason="No rate is agreed for {t.role} on {t.timesheet_id}.")
    (one,) = told(rule, facts=[timesheet(role="senior-consultant")])
    assert one.sentence == "No rate is agreed for senior consultant on TS-1."
