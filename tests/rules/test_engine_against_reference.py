"""Random rule sets on random facts: the engine and the reference never differ."""

import os
import random
import sys
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.compiling import CompiledRuleSet, compile_ruleset
from rules.context import calendar_fact, moment
from rules.deciding import decide, decide_reference
from rules.decision import Fact
from rules.fact import FactType, FieldType
from rules.language import read_ruleset
from rules.money import Money

FIELDS: dict[str, FieldType] = {
    "word": "text",
    "other": "text",
    "count": "integer",
    "hours": "decimal",
    "amount": "money",
    "cap": "money",
    "open": "boolean",
    "day": "date",
    "at": "instant",
    "span": "duration",
    "tags": "texts",
}
TYPES = {name: FactType(name=name, fields=FIELDS) for name in ("alpha", "beta")}
WORDS = ["", "a", "b", "a b", "a!", "5", "true", "ünï", '"q"', "back\\slash", "x" * 70_000]
SHORT = [word for word in WORDS if len(word) < 20]
CURRENCIES = ["EUR", "USD"]
WHOLE = [-3, -1, 0, 1, 2, 5, 2**31, 2**53 + 1, -(2**53)]
OPERATORS = ["==", "!=", "<", "<=", ">", ">="]
EQUALITIES = ["==", "!="]
DAYS = [date(2026, 3, 1), date(2026, 3, 2), date(1969, 12, 31), date(2100, 1, 1)]
INSTANTS = [
    datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    datetime(2026, 3, 2, 9, 30, 0, 1, tzinfo=UTC),
    datetime(1960, 1, 1, tzinfo=UTC),
    datetime(9998, 12, 31, tzinfo=UTC),
]
SPANS = [timedelta(), timedelta(days=1), timedelta(hours=-2), timedelta(microseconds=3)]
AMOUNTS = ["0", "10.00", "10.0001", "-4", "1e3", "10.00001", "9.9999999"]
DECIMALS = ["0", "1.5", "-2.25", "7.000001", "3", "1.50000000001", "-2.2500001", "1e50"]
VALUES = {
    "text": st.sampled_from(WORDS),
    "integer": st.sampled_from(WHOLE),
    "decimal": st.sampled_from(DECIMALS).map(Decimal),
    "money": st.builds(
        Money,
        amount=st.sampled_from(AMOUNTS).map(Decimal),
        currency=st.sampled_from(CURRENCIES),
    ),
    "boolean": st.booleans(),
    "date": st.sampled_from(DAYS),
    "instant": st.sampled_from(INSTANTS),
    "duration": st.sampled_from(SPANS),
    "texts": st.lists(st.sampled_from(SHORT), max_size=3),
}
NUMBERS = ["count", "hours"]
SOAKED = 40  # cases a rule set
OFFICE = """
{calendar: office, version: 1.0.0, zone: Asia/Tokyo,
 hours: {mon: ["09:00-17:00"], wed: ["09:00-17:00"]}}
"""
TOLD = [moment(date(2026, 3, 2)), calendar_fact("office", OFFICE)]
UNASKED = {
    "mistyped-datum",
    "inexact-amount",
    "applicability-unknown",
    "ambiguous-table",
    "mixed-currencies",
}
REFUSED = ("alternatives", "within `none`", " has at most ")


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def worked_out(draw: st.DrawFn, own: str, other: str, operator: str) -> dict[str, str]:
    """Comparisons with what is worked out before the engine is asked."""
    kind = draw(st.sampled_from(["alpha", "beta"]))
    fits = draw(st.sampled_from(["", " if x.open", f" if x.word == {own}.other"]))
    aggregate = draw(st.sampled_from(["sum", "min", "max"]))
    choice = draw(st.sampled_from(["least", "greatest"]))
    return {
        "aggregate": f"{aggregate}(x.amount for x in {kind}{fits}) {operator} {other}.cap",
        "counted": f"count(x for x in {kind}{fits}) {operator} {other}.count",
        "summed": f"{aggregate}(x.hours for x in {kind}{fits}) {operator} {own}.hours * 2",
        "chosen": f"{choice}({own}.amount, {own}.cap) {operator} {other}.amount",
        "moved": f"add_months({own}.day, 1) {operator} {other}.day",
        "assumed": f"default({own}.count, 2) {operator} {other}.count",
        "worked days": f"business_days({own}.day, day({own}.at)) {operator} {other}.count",
    }


DERIVED = [
    {"each": f"{kind} as d", "field": field, "is": formula}
    for kind in TYPES
    for field, formula in (
        ("many", "d.twos > 1"),
        ("twos", "count(x for x in alpha if x.count == d.count)"),
        ("total", "sum((x.amount for x in beta if x.open), d.cap)"),
    )
]
CELLS = {
    "a.word": ["-", "a", "in ['', 'b']", "missing", "!= '5'"],
    "a.count": ["-", "> 0", "between 0 and 2", "5", "exists"],
    "a.amount": ["-", "> a.cap", "0", "< money('10', 'EUR')"],
}


@st.composite
def tables(draw: st.DrawFn) -> dict[str, object]:
    row = st.fixed_dictionaries(
        {
            "when": st.tuples(*map(st.sampled_from, CELLS.values())).map(list),
            "outcome": st.sampled_from(["blocked", "warning", "clear"]),
            "priority": st.integers(0, 2),
            "money": st.sampled_from([{}, {"exposure": "a.amount"}, {"delayed": "a.amount"}]),
        }
    )
    hit = draw(st.sampled_from(["unique", "first", "priority", "collect"]))
    rows = draw(st.lists(row, min_size=1, max_size=4))
    return {"hit": hit, "inputs": list(CELLS), "rows": rows}


@st.composite
def comparisons(draw: st.DrawFn, names: list[str]) -> str:
    """One comparison between fields of *names*, the last of which is the pattern's own."""
    own, other = names[-1], draw(st.sampled_from(names))
    any_operator = draw(st.sampled_from(OPERATORS))
    equality = draw(st.sampled_from(EQUALITIES))
    number = st.sampled_from(NUMBERS)
    membership = draw(st.sampled_from(["in", "not in"]))
    presence = draw(st.sampled_from(["exists", "missing"]))
    choices = {
        "text": f"{own}.word {equality} {other}.{draw(st.sampled_from(['word', 'other']))}",
        "literal": f"{own}.word {equality} {quoted(draw(st.sampled_from(SHORT)))}",
        "choice": f"{own}.word {membership} ['a', 'b', {other}.other]",
        "number": f"{own}.{draw(number)} {any_operator} {other}.{draw(number)}",
        "whole": f"{own}.count {any_operator} {draw(st.sampled_from([-1, 0, 2, 2**40]))}",
        "worked": (
            f"{own}.hours * {draw(st.sampled_from([2, -1, '1.5']))} + {other}.hours"
            f" {any_operator} {other}.hours {draw(st.sampled_from('+-*'))} {own}.{draw(number)}"
        ),
        "money": f"{own}.amount {any_operator} {other}.cap",
        "nought": f"{own}.amount {any_operator} 0",
        "priced": f"{own}.amount {any_operator} money('10', 'EUR')",
        "fine": f"{draw(st.sampled_from([1.5, -2.25, 7.000001]))} {any_operator} {own}.hours",
        "sum": f"{own}.amount - {other}.cap {any_operator} money('10', 'EUR')",
        "rate": f"{own}.hours * {other}.amount {any_operator} {own}.cap",
        "currency": f"currency({own}.amount) {equality} currency({other}.cap)",
        "code": f"currency({other}.amount) {equality} 'EUR'",
        "boolean": f"{own}.open {equality} {other}.open",
        "bare": f"{own}.open",
        "day": f"{own}.day {any_operator} {other}.day + days({draw(st.integers(-2, 2))})",
        "days": f"{own}.day - {other}.day {any_operator} {other}.span",
        "instant": f"{own}.at - {other}.at {any_operator} hours(2)",
        "due": f"{own}.at + {other}.span {any_operator} {other}.at",
        "earlier": f"{other}.count {any_operator} {draw(st.sampled_from(names))}.count",
        "tag": f"'a' {membership} {own}.tags",
        "present": f"{presence}({other}.{draw(st.sampled_from(list(FIELDS)))})",
        "range": f"between({own}.{draw(number)}, {draw(st.sampled_from([-1, 0, 2]))}, 5)",
        "many": f"{own}.word {membership} ['', 'a', 'b', '5', 'true', 'c']",
        "derived": f"{own}.total {any_operator} {other}.amount",
        "known": f"{other}.many == {own}.many",
        **worked_out(draw, own, other, any_operator),
    }
    return choices[draw(st.sampled_from(sorted(choices)))]


@st.composite
def conditions(draw: st.DrawFn, names: list[str], depth: int = 0) -> str:
    form = draw(st.sampled_from(["one", "one", "one", "and", "or", "not"]))
    if depth > 1 or form == "one":
        return draw(comparisons(names))
    part = conditions(names, depth + 1)
    if form == "not":
        return f"not ({draw(part)})"
    return f"({draw(part)}) {form} ({draw(part)})"


@st.composite
def rules(draw: st.DrawFn, number: int) -> dict[str, object]:
    when: list[dict[str, object]] = []
    bound: list[str] = []
    for position in range(draw(st.integers(1, 3))):
        name = "abc"[position]
        negated = position > 0 and draw(st.booleans())
        where = draw(st.lists(conditions([*bound, name]), max_size=2))
        if bound and not negated and draw(st.integers(0, 4)) == 0:
            word = draw(st.sampled_from(["in", "not in"]))
            where.append(f"{name}.word {word} {bound[0]}.tags")
        if bound and negated and draw(st.integers(0, 4)) == 0:
            where.append(f"{bound[0]}.word in {name}.tags")
        kind = draw(st.sampled_from(["alpha", "beta"]))
        when.append({"none" if negated else "each": f"{kind} as {name}", "where": where})
        if not negated:
            bound.append(name)
    return {
        "rule": f"rule-{number}",
        "version": "1.0.0",
        "title": "Random",
        "severity": "low",
        "type": "RANDOM",
        "when": when,
        "outcome": draw(st.sampled_from(["blocked", "warning"])),
        "reason": "It holds.",
        "priority": draw(st.integers(0, 1)),
        **draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "table": tables(),
                    "effective": st.sampled_from([{"from": "2026-03-01"}, {"until": "2026-02-01"}]),
                    "applies": st.sampled_from([{"alpha.word": ["a", "b"]}, {"beta.other": "5"}]),
                },
            )
        ),
    }


@st.composite
def rulesets(draw: st.DrawFn) -> CompiledRuleSet:
    those = [draw(rules(number)) for number in range(draw(st.integers(1, 3)))]
    document = {
        "ruleset": "random",
        "version": "1.0.0",
        "title": "Random",
        "process": "none",
        "calendar": "office",
        "derived": DERIVED,
        "rules": those,
    }
    return compile_ruleset(read_ruleset(msgspec.json.encode(document)), TYPES)


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    count = draw(st.integers(0, 6))
    found = list(TOLD)
    for number in range(count):
        present = draw(st.sets(st.sampled_from(sorted(FIELDS)), min_size=4))
        values = {field: draw(VALUES[FIELDS[field]]) for field in sorted(present)}
        found.append(
            Fact(type=draw(st.sampled_from(["alpha", "beta"])), id=str(number), values=values)
        )
    return found


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


def agree(compiled: CompiledRuleSet, case: list[Fact]) -> int:
    """Let engine and reference be asked; return how many rules both were asked."""
    decision = decide(compiled, case)
    assert decision == decide_reference(compiled, case)
    for one in decision.not_evaluated:
        assert one.reason in UNASKED or any(known in one.because for known in REFUSED), one
    return len(decision.evaluated)


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=QUIET)
@given(compiled=rulesets(), cases=st.lists(facts(), min_size=1, max_size=3))
def test_the_engine_and_the_reference_never_differ(
    compiled: CompiledRuleSet, cases: list[list[Fact]]
) -> None:
    for problem in compiled.problems:
        assert any(refused in problem.detail for refused in REFUSED)
    for case in cases:
        agree(compiled, case)
    compiled.close()


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=QUIET)
@given(compiled=rulesets(), cases=st.lists(facts(), min_size=1, max_size=3))
def test_a_rule_that_is_looked_up_answers_as_one_of_few(
    compiled: CompiledRuleSet, cases: list[list[Fact]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rules.lookup.MANY", 1)
        looked_up = compile_ruleset(compiled.ruleset, TYPES)
    for case in cases:
        assert decide(looked_up, case) == decide(compiled, case)
    looked_up.close()
    compiled.close()


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=QUIET)
@given(compiled=rulesets(), cases=st.lists(facts(), min_size=1, max_size=3))
def test_of_few_facts_the_same_is_said_and_explained_as_of_many(
    compiled: CompiledRuleSet, cases: list[list[Fact]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rules.nesting.FEW", 0)
        patch.setattr("rules.explanation.nearest.approach", lambda *_: lambda _: None)
        patch.setattr("rules.explanation.quiet.clause", lambda *_: None)
        searched = compile_ruleset(compiled.ruleset, TYPES)
    for case in cases:
        assert decide_reference(searched, case) == decide_reference(compiled, case)


def some(kind: FieldType, dice: random.Random) -> object:
    """Return a value of *kind*, from where the strategies have theirs."""
    if kind == "money":
        amount = dice.choice(AMOUNTS)
        return Money(amount=Decimal(amount), currency=dice.choice(CURRENCIES))
    if kind == "texts":
        return dice.sample(SHORT, dice.randint(0, 3))
    choices = {
        "text": SHORT,
        "integer": WHOLE,
        "decimal": list(map(Decimal, DECIMALS)),
        "boolean": [True, False],
        "date": DAYS,
        "instant": INSTANTS,
        "duration": SPANS,
    }
    return dice.choice(choices[kind])


def thrown(dice: random.Random) -> list[Fact]:
    """Return facts as `facts` draws them, faster."""
    found = list(TOLD)
    for number in range(dice.randint(0, 7)):
        present = [field for field in FIELDS if dice.random() < 0.7]
        values = {field: some(FIELDS[field], dice) for field in present}
        found.append(Fact(type=dice.choice(["alpha", "beta"]), id=str(number), values=values))
    return found


@pytest.mark.soak
def test_a_hundred_thousand_cases_without_a_difference(capsys: pytest.CaptureFixture[str]) -> None:
    begun, counted = time.monotonic(), {"cases": 0, "rules asked": 0}

    @settings(max_examples=2_600, deadline=None, database=None, suppress_health_check=QUIET)
    @given(compiled=rulesets(), seed=st.integers(0, 2**32))
    def soak(compiled: CompiledRuleSet, seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(SOAKED):
            counted["rules asked"] += agree(compiled, thrown(dice))
            counted["cases"] += 1
        compiled.close()

    soak()
    with capsys.disabled():
        sys.stdout.write(f"\n{counted} in {time.monotonic() - begun:.0f} s\n")
    assert counted["cases"] >= 100_000


PROCESSES, EVALUATIONS, AT_MOST_SECONDS = 1_000, 6_000, 600


@pytest.mark.soak
def test_no_process_dies_of_thousands_of_evaluations(capsys: pytest.CaptureFixture[str]) -> None:
    """As many processes as there is time for; how many those were is printed."""
    begun, codes = time.monotonic(), []

    @settings(max_examples=PROCESSES, deadline=None, database=None, suppress_health_check=QUIET)
    @given(compiled=rulesets(), seed=st.integers(0, 2**32))
    def soak(compiled: CompiledRuleSet, seed: int) -> None:
        if time.monotonic() - begun < AT_MOST_SECONDS:
            codes.append(ended(compiled, random.Random(seed)))
        compiled.close()

    soak()
    with capsys.disabled():
        took = time.monotonic() - begun
        sys.stdout.write(
            f"\n{len(codes)} of {PROCESSES} processes made {EVALUATIONS} evaluations each "
            f"in {took:.0f} s; {sum(code != 0 for code in codes)} died\n"
        )
    assert set(codes) == {0}


def ended(compiled: CompiledRuleSet, dice: random.Random) -> int:
    """Return how a process ends that evaluates thousands of times."""
    child = os.fork()
    if child == 0:
        cases = [thrown(dice) for _ in range(100)]
        for number in range(EVALUATIONS):
            decide(compiled, cases[number % len(cases)])
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
