"""What each construct of the rule language means; every answer by engine and reference."""

import time
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne

import pytest

from rules.compiling import compile_ruleset
from rules.deciding import TOGETHER, decide, decide_each, decide_reference
from rules.decision import Fact
from rules.money import Money, money


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


@pytest.mark.parametrize(
    ("condition", "data"),
    [
        ('t.status == "approved"', {}),
        ('t.status != "rejected"', {}),
        ('t.status in ["approved", "billed"]', {}),
        ('t.status in ["approved"]', {}),
        ('t.status not in ["rejected", "open"]', {}),
        ('not (t.status == "rejected")', {}),
        ("t.billable", {"billable": True}),
        ("not t.billable", {"billable": False}),
        ("t.billable != true", {"billable": False}),
        ("t.lines == 3", {"lines": 3}),
        ("1 < t.lines <= 3", {"lines": 3}),
        ("t.lines > -1", {"lines": 0}),
        ("t.lines == 2.5 + 0.5", {"lines": 3}),
        ('t.hours > "7.5"', {"hours": "7.500001"}),
        ("t.hours >= 7.5", {"hours": "7.50"}),
        ("t.hours * 2 == 15", {"hours": "7.5"}),
        ("t.hours - t.lines < 0", {"hours": "7.5", "lines": 8}),
        ("-t.hours < 0", {"hours": "0.000001"}),
        ("t.amount > 0", {"amount": eur("0.01")}),
        ("0 >= t.amount", {"amount": eur("-1")}),
        ('t.amount == money("10", "EUR")', {"amount": eur("10.00")}),
        ('t.amount != money("10", "USD")', {"amount": eur("10.00")}),
        ("t.amount < t.cost", {"amount": eur("9.9999"), "cost": eur("10")}),
        ("t.amount + t.cost > t.cost", {"amount": eur("1"), "cost": eur("10")}),
        ("t.hours * t.cost == t.amount", {"hours": "2", "cost": eur("5"), "amount": eur("10")}),
        ('currency(t.amount) == "EUR"', {"amount": eur("1")}),
        ('currency(t.amount) in ["USD", "EUR"]', {"amount": eur("1")}),
        ('t.work_date <= "2026-03-02"', {"work_date": "2026-03-02"}),
        ('t.work_date + days(3) == date("2026-03-05")', {"work_date": "2026-03-02"}),
        ('days(-1) + t.work_date < "2026-03-02"', {"work_date": "2026-03-02"}),
        ('t.work_date - date("2026-03-01") == days(1)', {"work_date": "2026-03-02"}),
        ('t.approved_at > "2026-03-02T09:00:00Z"', {"approved_at": "2026-03-02T09:00:00.000001Z"}),
        (
            "t.approved_at - t.submitted_at > hours(2)",
            {"approved_at": "2026-03-02T12:00:01Z", "submitted_at": "2026-03-02T10:00:00Z"},
        ),
        (
            "t.submitted_at + t.took == t.approved_at",
            {
                "approved_at": "2026-03-02T12:00:00Z",
                "submitted_at": "2026-03-02T10:00:00Z",
                "took": "PT2H",
            },
        ),
        ("t.took * 2 >= minutes(90) + seconds(0)", {"took": "PT45M"}),
        ('"night" in t.tags', {"tags": ["day", "night"]}),
        ('"night" not in t.tags', {"tags": ["day"]}),
        ("t.role in t.tags", {"tags": ["senior"], "role": "senior"}),
        ("exists(t.role)", {"role": ""}),
        ("missing(t.role)", {}),
        ("not exists(t.role)", {}),
        ("not missing(t.tags)", {"tags": []}),
        ("missing(t.role) or missing(t.amount)", {}),
        ("not (exists(t.role) or exists(t.amount))", {}),
        ('t.status == "approved" and (t.billable or t.lines > 3)', {"lines": 4}),
    ],
)
def test_a_condition_holds(firm, timesheet, condition, data):
    assert firm.occurrences([condition], timesheet(**data)) == ["TS-1"]
    negation = f"not ({condition})"
    assert firm.occurrences([negation], timesheet(**data)) == []


@pytest.mark.parametrize(
    "condition",
    [
        't.role == "senior"',
        't.role != "senior"',
        'not (t.role == "senior")',
        "t.billable",
        "not t.billable",
        "t.lines < 5",
        "t.lines + 1 > t.hours",
        "t.amount != t.cost",
        "currency(t.amount) != currency(t.cost)",
        '"night" not in t.tags',
        '"night" in t.tags',
    ],
)
def test_what_is_not_known_never_makes_a_condition_hold(firm, timesheet, condition):
    assert firm.occurrences([condition], timesheet()) == []


def test_two_currencies_differ_and_have_no_order(firm, timesheet):
    mixed = timesheet(amount=eur("10"), cost={"amount": "10", "currency": "USD"})
    assert firm.occurrences(["t.amount != t.cost"], mixed) == ["TS-1"]
    for condition in ("t.amount == t.cost", "t.amount <= t.cost", "not (t.amount <= t.cost)"):
        assert firm.occurrences([condition], mixed) == []
    assert firm.occurrences(["t.amount - t.cost < 0"], mixed) == []


def test_a_rule_joins_facts_of_several_types(firm, timesheet):
    when = [
        {"each": "engagement as e", "where": ['e.billing_model == "time-and-materials"']},
        {"each": "timesheet as t", "where": ["t.amount > e.cap", "t.lines * 2 > e.people"]},
    ]
    facts = [
        firm.fact("engagement", "E-1", billing_model="time-and-materials", cap=eur("5"), people=3),
        firm.fact("engagement", "E-2", billing_model="fixed-fee", cap=eur("5"), people=3),
        timesheet("TS-1", amount=eur("6"), lines=2),
        timesheet("TS-2", amount=eur("5"), lines=2),
        timesheet("TS-3", amount=eur("6"), lines=1),
        timesheet("TS-4", amount={"amount": "6", "currency": "USD"}, lines=2),
    ]
    decision = firm.asked(firm.rule(when=when, occurrence="t"), facts=facts)
    assert [one.bindings for one in decision.firings] == [{"e": "E-1", "t": "TS-1"}]


RATE = [
    {"each": "timesheet as t", "where": ["t.billable"]},
    {
        "none": "rate as r",
        "where": ["r.role == t.role", "r.effective_from <= t.work_date"],
    },
]


def test_none_holds_when_no_fact_fits(firm, timesheet):
    facts = [
        timesheet("TS-1", billable=True, role="senior", work_date="2026-03-02"),
        timesheet("TS-2", billable=True, role="junior", work_date="2026-03-02"),
        timesheet("TS-3", billable=True, work_date="2026-03-02"),
        timesheet("TS-4", billable=False, role="junior", work_date="2026-03-02"),
        firm.fact("rate", "R-1", role="senior", effective_from="2026-03-02"),
        firm.fact("rate", "R-2", role="junior", effective_from="2026-03-03"),
        firm.fact("rate", "R-3", effective_from="2026-01-01"),
    ]
    decision = firm.asked(firm.rule(when=RATE), facts=facts)
    assert [one.occurrence for one in decision.firings] == ["TS-2", "TS-3"]


def test_none_with_alternatives_asks_that_none_of_them_fits(firm, timesheet):
    when = [
        {"each": "timesheet as t"},
        {"none": "rate as r", "where": ["r.role == t.role or missing(r.role)"]},
    ]
    wild, other = firm.fact("rate", "R-1"), firm.fact("rate", "R-2", role="junior")
    one = timesheet(role="senior")
    assert not firm.asked(firm.rule(when=when), facts=[one, wild]).firings
    assert firm.asked(firm.rule(when=when), facts=[one, other]).firings


def test_none_may_look_at_a_list_of_the_fact_it_names(firm, timesheet):
    when = [
        {"each": "timesheet as t"},
        {"none": "invoice as i", "where": ["t.timesheet_id in i.timesheet_ids"]},
    ]
    facts = [
        timesheet("TS-1"),
        timesheet("TS-2"),
        firm.fact("invoice", "I-1", timesheet_ids=["TS-9", "TS-1"]),
        firm.fact("invoice", "I-2"),
    ]
    decision = firm.asked(firm.rule(when=when), facts=facts)
    assert [one.occurrence for one in decision.firings] == ["TS-2"]


@pytest.mark.parametrize(("word", "expected"), [("in", ["TS-1"]), ("not in", ["TS-2"])])
def test_a_text_is_looked_for_in_another_facts_list(firm, timesheet, word, expected):
    when = [
        {"each": "invoice as i"},
        {"each": "timesheet as t", "where": [f"t.timesheet_id {word} i.timesheet_ids"]},
    ]
    facts = [
        timesheet("TS-1"),
        timesheet("TS-2"),
        firm.fact("invoice", "I-1", timesheet_ids=["TS-1", "TS-1"]),
        firm.fact("invoice", "I-2"),
    ]
    decision = firm.asked(firm.rule(when=when, occurrence="t"), facts=facts)
    assert [one.occurrence for one in decision.firings] == expected


def test_two_names_never_bind_one_fact(firm):
    twins = [
        {"each": "invoice as a"},
        {"each": "invoice as b", "where": ["b.number == a.number"]},
    ]
    alone = [
        {"each": "invoice as a"},
        {"none": "invoice as b", "where": ["b.number == a.number"]},
    ]
    facts = [firm.fact("invoice", id_, number=n) for id_, n in (("1", "x"), ("2", "x"), ("3", "y"))]
    decision = firm.asked(
        firm.rule(rule="twins", when=twins), firm.rule(rule="alone", when=alone), facts=facts
    )
    assert [(one.rule, one.occurrence) for one in decision.firings] == [
        ("twins", "1"),
        ("twins", "2"),
        ("alone", "3"),
    ]


def test_a_sum_over_several_facts_is_exact(firm, timesheet):
    when = [
        {"each": "rate as r"},
        {"each": "engagement as e"},
        {"each": "timesheet as t", "where": ["t.hours * r.hourly > e.cap - t.amount"]},
    ]
    facts = [
        firm.fact("rate", "R-1", hourly=eur("100.0001")),
        firm.fact("engagement", "E-1", cap=eur("1000")),
        timesheet("TS-1", hours="9.5", amount=eur("49.99905")),
        timesheet("TS-2", hours="9.5", amount=eur("49.9992")),
    ]
    decision = firm.asked(firm.rule(when=when, occurrence="t"), facts=facts[:2] + facts[3:])
    assert [one.occurrence for one in decision.firings] == ["TS-2"]


def test_amounts_on_both_sides_keep_their_currencies_apart(firm, timesheet):
    when = [
        {"each": "engagement as e"},
        {"each": "timesheet as t", "where": ["t.amount - e.cap != t.cost"]},
    ]
    facts = [
        firm.fact("engagement", "E-1", cap=eur("4")),
        timesheet("TS-1", amount=eur("10"), cost={"amount": "6", "currency": "USD"}),
        timesheet("TS-2", amount=eur("10"), cost=eur("6")),
    ]
    decision = firm.asked(firm.rule(when=when, occurrence="t"), facts=facts)
    assert [one.occurrence for one in decision.firings] == ["TS-1"]


def test_a_condition_may_speak_of_an_earlier_fact_alone(firm, timesheet):
    when = [
        {"each": "timesheet as t"},
        {
            "each": "engagement as e",
            "where": ["t.hours > 7", "exists(t.role)", '"x" not in t.tags', "missing(t.cost)"],
        },
    ]
    facts = [
        firm.fact("engagement", "E-1"),
        timesheet("TS-1", hours="8", role="a", tags=[]),
        timesheet("TS-2", hours="7", role="a", tags=[]),
        timesheet("TS-3", hours="8", role="a", tags=[], cost=eur("1")),
    ]
    decision = firm.asked(firm.rule(when=when), facts=facts)
    assert [one.occurrence for one in decision.firings] == ["TS-1"]


def test_a_firing_carries_its_reason_money_clock_and_evidence(firm, timesheet):
    written = firm.rule(
        rule="time-not-invoiced",
        version="2.1.0",
        title="Time is not invoiced",
        severity="critical",
        type="EVENT_MISSING",
        owner="finance",
        when=[
            {"each": "timesheet as t", "where": ["t.billable", "missing(t.role)"]},
            {"each": "clock as c", "where": ["c.object == t.timesheet_id"]},
        ],
        reason="{{{t.timesheet_id}}}: {t.amount} since {t.work_date}, role {t.role}, {t.billable}",
        money={
            "blocked": "t.amount",
            "exposure": "t.amount - t.cost",
            "delayed_since": "c.due_at",
        },
        clock="c",
    )
    sheet = Fact(
        type="timesheet",
        id="TS-1",
        values=timesheet(
            billable=True, amount=eur("1234.5"), cost=eur("1000"), work_date="2026-03-02"
        ).values,
        event="psa/17",
    )
    clock = firm.fact("clock", "billing:TS-1", object="TS-1", due_at="2026-03-05T17:00:00Z")
    decision = firm.asked(written, facts=[sheet, clock])
    (firing,) = decision.firings
    assert decision.outcome == "blocked"
    assert decision.evaluated == ("time-not-invoiced",)
    assert firing.reason == "{TS-1}: EUR 1,234.50 since 2026-03-02, role unknown, yes"
    assert (firing.blocked, firing.exposure) == (money("1234.5", "EUR"), money("234.5", "EUR"))
    assert firing.delayed_since == datetime(2026, 3, 5, 17, tzinfo=UTC)
    assert (firing.clock, firing.owner, firing.severity) == ("billing:TS-1", "finance", "critical")
    assert firing.bindings == {"t": "TS-1", "c": "billing:TS-1"}
    rows = {one.label: (one.value, one.event) for one in firing.evidence}
    assert rows["timesheet amount"] == ("EUR 1,234.50", "psa/17")
    assert rows["timesheet id"] == ("TS-1", "psa/17")
    assert rows["timesheet role"] == ("unknown", "psa/17")
    assert rows["clock due at"] == ("2026-03-05T17:00:00Z", None)


def test_one_occurrence_fires_once_and_is_not_summed(firm, timesheet):
    when = [{"each": "timesheet as t"}, {"each": "engagement as e"}]
    facts = [
        timesheet(amount=eur("10")),
        firm.fact("engagement", "1"),
        firm.fact("engagement", "2"),
    ]
    decision = firm.asked(firm.rule(when=when, money={"blocked": "t.amount"}), facts=facts)
    (firing,) = decision.firings
    assert firing.blocked == money("10", "EUR")
    assert firing.bindings["e"] == "1"


def test_the_order_of_facts_changes_nothing(firm, timesheet):
    when = [{"each": "timesheet as t"}, {"each": "engagement as e"}]
    facts = [timesheet("2"), timesheet("1"), firm.fact("engagement", "b")]
    one = firm.asked(firm.rule(when=when), facts=facts)
    assert one == firm.asked(firm.rule(when=when), facts=facts[::-1])
    assert [firing.occurrence for firing in one.firings] == ["1", "2"]
    assert len(one.facts_digest) == 64


def test_the_digest_follows_what_facts_say(firm, timesheet):
    digests = {
        firm.asked(firm.rule(), facts=[fact]).facts_digest
        for fact in (timesheet(hours="1.5"), timesheet(hours="1.50"), timesheet(role="1.5"))
    }
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        (["blocked", "warning"], "blocked"),
        (["warning", None], "warning"),
        ([None], "clear"),
        (["warning", "broken"], "not_evaluated"),
        (["blocked", "broken"], "blocked"),
    ],
)
def test_the_outcome_is_the_gravest_that_is_said(firm, timesheet, rules, outcome):
    written = []
    for number, one in enumerate(rules):
        field = {"broken": "t.nowhere == 1", None: 't.status == "open"'}.get(
            one, "exists(t.status)"
        )
        when = [{"each": "timesheet as t", "where": [field]}]
        outcome_ = one if one in ("blocked", "warning") else "warning"
        written.append(firm.rule(rule=f"r-{number}", when=when, outcome=outcome_))
    compiled = firm.compiled(*written)
    decision = decide(compiled, [timesheet()])
    assert decision.outcome == outcome
    assert decision == decide_reference(compiled, [timesheet()])


def test_a_rule_with_a_problem_is_not_evaluated_and_says_why(firm, timesheet):
    when = [{"each": "timesheet as t", "where": ["t.nowhere == 1"]}]
    compiled = compile_ruleset(firm.read(firm.rule(when=when)), firm.types)
    (unasked,) = decide(compiled, [timesheet()]).not_evaluated
    assert "no field 'nowhere'" in unasked.because


def test_a_mistyped_datum_makes_the_rules_that_use_it_not_evaluated(firm, timesheet):
    rules = [
        firm.rule(rule="uses-hours", when=[{"each": "timesheet as t", "where": ["t.hours > 7"]}]),
        firm.rule(rule="says-hours", reason="{t.hours}"),
        firm.rule(rule="lists", when=[{"each": "timesheet as t", "where": ['"x" in t.tags']}]),
        firm.rule(rule="other"),
    ]
    values = {**timesheet().values, "hours": "8 hours", "tags": [1]}
    decision = firm.asked(*rules, facts=[Fact(type="timesheet", id="TS-1", values=values)])
    assert {one.rule: one.because for one in decision.not_evaluated} == {
        "uses-hours": "timesheet TS-1: hours is no decimal: '8 hours'",
        "says-hours": "timesheet TS-1: hours is no decimal: '8 hours'",
        "lists": "timesheet TS-1: tags is no texts: [1]",
    }
    assert decision.evaluated == ("other",)


def test_a_naive_time_is_no_instant(firm, timesheet):
    when = [{"each": "timesheet as t", "where": ['t.approved_at > "2026-03-02T09:00:00Z"']}]
    naive = datetime(2026, 3, 2, 10)  # noqa: DTZ001 - that is the point
    values = {**timesheet().values, "approved_at": naive}
    decision = firm.asked(
        firm.rule(when=when), facts=[Fact(type="timesheet", id="1", values=values)]
    )
    assert decision.outcome == "not_evaluated"


@pytest.mark.parametrize(
    ("data", "because"),
    [
        ({"hours": Decimal("1.0000001")}, "1.0000001 has more than 6 decimals"),
        ({"hours": Decimal("1e40")}, "too large"),
        ({"hours": Decimal("1e99")}, "too large"),
        ({"hours": Decimal("5e12")}, "too large"),
    ],
)
def test_what_cannot_be_shown_exactly_is_not_evaluated(firm, timesheet, data, because):
    when = [
        {"each": "engagement as e"},
        {"each": "timesheet as t", "where": ["t.hours > e.margin"]},
    ]
    fact = Fact(type="timesheet", id="TS-1", values={**timesheet().values, **data})
    engagement = firm.fact("engagement", "E-1", margin="7")
    (unasked,) = firm.asked(firm.rule(when=when), facts=[engagement, fact]).not_evaluated
    assert because in unasked.because


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("literal", ["61.78", "61.7800001", "-0.5"])
def test_an_amount_is_held_against_a_literal_however_many_decimals_it_has(firm, operator, literal):
    shown = ("61.78", "61.780000000000001", "61.7799999", "61.7800001", "-0.50000001", "-0.5")
    amounts = [Decimal(one) for one in (*shown, "1e-60", "-1e-60", "1e60", "-5e14", "0")]
    facts = [
        Fact(type="invoice", id=f"I-{at}", values={"amount": Money(amount=one, currency="EUR")})
        for at, one in enumerate(amounts)
    ]
    when = [{"each": "invoice as i", "where": [f'i.amount {operator} money("{literal}", "EUR")']}]
    decision = firm.asked(firm.rule(when=when), facts=facts)
    assert decision.not_evaluated == ()
    compared = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}[operator]
    held = {f"I-{at}" for at, one in enumerate(amounts) if compared(one, Decimal(literal))}
    assert {one.occurrence for one in decision.firings} == held


def test_fourteen_decimals_are_kept_where_they_are_only_shown(firm):
    when = [{"each": "case as c", "where": ['c.state == "running"']}]
    written = firm.rule(when=when, money={"blocked": "c.amount"}, reason="{c.amount}")
    fact = firm.fact("case", "1", state="running", amount=eur("10.12345678901234"))
    (firing,) = firm.asked(written, facts=[fact]).firings
    assert firing.blocked == money("10.12345678901234", "EUR")
    assert firing.reason == "EUR 10.12"


def test_a_product_too_large_for_the_engine_is_not_evaluated(firm, timesheet):
    when = [
        {"each": "engagement as e"},
        {"each": "timesheet as t", "where": ["t.lines * e.people > 0"]},
    ]
    huge = 2**40
    facts = [firm.fact("engagement", "E-1", people=huge), timesheet(lines=huge)]
    (unasked,) = firm.asked(firm.rule(when=when), facts=facts).not_evaluated
    assert "too large" in unasked.because


def test_too_many_combinations_are_not_evaluated(firm, timesheet):
    when = [{"each": "timesheet as a"}, {"each": "timesheet as b"}]
    facts = [timesheet(str(number)) for number in range(110)]
    compiled = firm.compiled(firm.rule(when=when))
    (unasked,) = decide(compiled, facts).not_evaluated
    assert "more than 10,000 ways" in unasked.because


def test_too_long_a_search_is_not_evaluated(firm, timesheet, monkeypatch):
    monkeypatch.setattr("rules.nesting.FEW", 0)
    monkeypatch.setattr("rules.reference.MAX_STEPS", 10)
    when = [{"each": "timesheet as a"}, {"each": "timesheet as b", "where": ["a.lines > b.lines"]}]
    facts = [timesheet(str(number), lines=number) for number in range(5)]
    (unasked,) = decide_reference(firm.compiled(firm.rule(when=when)), facts).not_evaluated
    assert "too many combinations of facts (25: 5 timesheet x 5 timesheet)" in unasked.because


def three_by_three(firm, timesheet, size):
    """*size* timesheets, rates and invoices, which no equality joins."""
    when = [
        {"each": "timesheet as t"},
        {"each": "rate as r", "where": ["r.role != t.role"]},
        {"each": "invoice as i", "where": ["i.number != r.role", "i.amount > t.amount"]},
    ]
    facts = [
        one
        for number in range(size)
        for one in (
            timesheet(f"T-{number}", role=f"r{number}", amount=eur("2")),
            firm.fact("rate", f"R-{number}", role=f"s{number}"),
            firm.fact("invoice", f"I-{number}", number=f"n{number}", amount=eur("1")),
        )
    ]
    return firm.rule(rule="broad", when=when), facts


def test_a_join_that_is_too_broad_is_not_put_to_the_engine_and_its_neighbours_are(firm, timesheet):
    broad, facts = three_by_three(firm, timesheet, 120)
    compiled = firm.compiled(firm.rule(rule="plain"), broad)
    begun = time.process_time()
    decision = decide(compiled, facts)
    assert time.process_time() - begun < 1  # second; it was a gigabyte, and the end of a process
    assert decision == decide_reference(compiled, facts)
    assert (decision.evaluated, decision.outcome) == (("plain",), "blocked")
    (unasked,) = decision.not_evaluated
    assert unasked.reason == "too-many-combinations"
    assert unasked.because.startswith(
        "too many combinations of facts (1,728,000: 120 timesheet x 120 rate x 120 invoice)"
    )


def test_facts_that_an_equality_joins_are_combined_however_many_they_are(firm, timesheet):
    when = [
        {"each": "timesheet as t"},
        {"each": "rate as r", "where": ["r.role == t.role"]},
        {"each": "invoice as i", "where": ["i.number == r.role"]},
    ]
    facts = [
        one
        for number in range(400)
        for one in (
            timesheet(f"T-{number}", role=f"r{number}"),
            firm.fact("rate", f"R-{number}", role=f"r{number}"),
            firm.fact("invoice", f"I-{number}", number=f"r{number}"),
        )
    ]
    decision = firm.asked(firm.rule(when=when), facts=facts)
    assert len(decision.firings) == 400


def test_what_the_engine_would_keep_is_counted_before_amounts_are_worked_out(firm, timesheet):
    when = [
        {"each": "timesheet as t"},
        {"each": "rate as r", "where": ["t.hours * r.hourly > t.amount"]},
        {"each": "invoice as i", "where": ["i.amount - t.amount > t.hours * r.hourly"]},
    ]
    facts = [
        one
        for number in range(60)
        for one in (
            timesheet(f"T-{number}", hours="1", amount=eur("9")),
            firm.fact("rate", f"R-{number}", hourly=eur("1")),
            firm.fact("invoice", f"I-{number}", amount=eur("1")),
        )
    ]
    (unasked,) = firm.asked(firm.rule(when=when), facts=facts).not_evaluated
    assert unasked.reason == "too-many-combinations"


def test_sums_that_leave_the_calendar_are_not_known(firm, timesheet):
    fact = timesheet(work_date="9999-12-31")
    assert firm.occurrences(["t.work_date + days(1) > t.work_date"], fact) == []


def test_terms_of_one_fact_are_gathered_from_a_longer_sum(firm, timesheet):
    when = [
        {"each": "engagement as e"},
        {
            "each": "timesheet as t",
            "where": ["t.hours + e.margin + t.lines > 5", "t.amount + e.cap + t.cost > 0"],
        },
    ]
    euros = {"amount": eur("1"), "cost": eur("1")}
    facts = [
        firm.fact("engagement", "E-1", margin="0.5", cap=eur("-1.9999")),
        timesheet("TS-1", hours="2.6", lines=2, **euros),
        timesheet("TS-2", hours="2.5", lines=2, **euros),
        timesheet("TS-3", hours="2.6", **euros),
        timesheet("TS-4", hours="2.6", lines=2, amount=eur("1")),
        timesheet(
            "TS-5", hours="2.6", lines=2, amount=eur("1"), cost={"amount": "1", "currency": "USD"}
        ),
    ]
    decision = firm.asked(firm.rule(when=when, occurrence="t"), facts=facts)
    assert [one.occurrence for one in decision.firings] == ["TS-1"]


def test_cases_that_are_decided_together_say_what_each_says_alone(firm, timesheet):
    compiled = firm.compiled(firm.rule(), firm.rule(rule="other", when=[{"each": "rate as r"}]))
    fields = ({}, {"status": "open"}, {"status": None}, {"lines": 2**70})
    cases = [
        [timesheet(f"T-{at}", **fields[at % 4])] * (at % 5 > 0) for at in range(2 * TOGETHER + 3)
    ]
    steps: list[int] = []
    decisions = decide_each(compiled, cases, step=steps.append)
    assert decisions == [decide(compiled, facts) for facts in cases]
    assert {one.outcome for one in decisions} >= {"clear", "blocked"}
    assert set(Counter(steps).values()) == {4}
    assert sorted(set(steps)) == list(range(len(cases)))
