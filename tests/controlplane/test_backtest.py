"""What a version of a rule set would change is found in history before anything is changed."""

from decimal import Decimal

import pytest
from backtesting import (
    CANDIDATE,
    DAY,
    LATER,
    PLAIN,
    backtested,
    furnished,
    signed,
    take,
    worked,
    written,
)
from msgspec.structs import replace
from projecting import NOON, ByReference, append, ask, register
from sqlalchemy import select

from controlplane.backtest.comparing import Asking, Versions
from controlplane.backtest.finding import Finding
from controlplane.backtest.narrowing import narrowed
from controlplane.backtest.running import OverError
from controlplane.backtest.unfolding import load
from controlplane.database import Databases, reading
from controlplane.pipeline.clocking import clocks_of
from controlplane.pipeline.folding import load_cases, read_cases
from controlplane.pipeline.loading import load_definitions
from governance.exception import stores as exceptions
from governance.exception.at_risk import AtRisk, at_risk
from governance.exception.process_exception import ProcessException
from observability.projection import case_stores
from rules.differing import Difference
from rules.language import read_ruleset
from rules.money import Money

PROCESS = "small-billing"
LOWER = ("severity: critical", "severity: low")
STRICT = written("1.1.0", (PLAIN, 'where: [e.engagement_id != "E-0"]\n'))
DROPPED = written("1.1.0").partition("  - rule: invoice-late")[0]
RENAMED = written("1.1.0", ("rule: no-purchase-order", "rule: order-missing"))
OWNED = "owner: finance\n    severity: high"


def euros(amount: str) -> list[Money]:
    return [Money(amount=Decimal(amount), currency="EUR")]


def standing(databases: Databases) -> dict[str, ProcessException]:
    with reading(databases.state) as state:
        unresolved = exceptions.unresolved_of(state, PROCESS)
    return {one.id: one for one in unresolved if one.standing}


def money(those: dict[str, ProcessException]) -> AtRisk:
    return at_risk(those.values(), at=LATER)


def samples(found: Finding, kind: str) -> list[tuple[str, str]]:
    return [(one.rule, one.occurrence) for one in found.samples if one.kind == kind]


def test_what_would_be_closed_is_named_with_what_each_version_says(databases: Databases):
    furnished(databases)
    found = backtested(databases)
    assert (found.standing.opened, found.standing.closed, found.standing.changed) == (0, 1, 0)
    (closed,) = [one for one in found.samples if one.kind == "closed"]
    assert (closed.case, closed.rule, closed.occurrence) == ("E-1", "no-purchase-order", "T-1-1")
    assert closed.before.broken
    assert closed.before.blocked == euros("100.00")[0]
    assert not closed.after.broken
    assert closed.after.reason == "timesheet T-1-1: amount is EUR 100.00, not at least EUR 500.00"
    assert found.cases.compared == 3


def test_history_tells_what_was_broken_and_is_mended_since(databases: Databases):
    furnished(databases)
    found = backtested(databases)
    assert samples(found, "removed") == [
        ("no-purchase-order", "T-1-1"),
        ("no-purchase-order", "T-2-1"),
    ]
    assert found.history is not None
    assert (found.history.added, found.history.removed, found.history.altered) == (0, 2, 0)
    assert found.history.money.before.blocked == euros("200.00")
    assert found.history.money.after.blocked == []
    (mended,) = [one for one in found.samples if one.case == "E-2"]
    assert mended.at == NOON - 4 * DAY + (DAY / 24)
    assert mended.after.reason == "timesheet T-2-1: amount is EUR 100.00, not at least EUR 500.00"


def test_every_moment_at_which_the_facts_were_others_is_a_decision(databases: Databases):
    furnished(databases)
    found = backtested(databases)
    # each is signed and has time twice, E-2 gets its order; the rule that differs sees no clock
    assert (found.decisions.compared, found.decisions.changed) == (10, 4)


@pytest.mark.parametrize(
    "text",
    [
        CANDIDATE,
        written("1.1.0", (PLAIN, 'where: [e.engagement_id != "E-0"]\n')),
        written(
            "1.1.0",
            ("severity: critical", "severity: low"),
            (OWNED, "owner: delivery\n    severity: high"),
        ),
        written("1.1.0", ("money: {blocked: t.amount}", "money: {exposure: t.amount}")),
    ],
    ids=["fewer", "more", "otherwise", "other money"],
)
def test_putting_it_in_force_changes_exactly_what_was_found(databases: Databases, text: str):
    furnished(databases)
    before = standing(databases)
    found = backtested(databases, text)
    register(databases, "ruleset", text, at=LATER)
    take(databases)
    after = standing(databases)
    assert found.standing.opened == len(after.keys() - before.keys())
    assert found.standing.closed == len(before.keys() - after.keys())
    both = before.keys() & after.keys()
    assert found.standing.changed == sum(1 for one in both if told(before[one]) != told(after[one]))
    assert found.standing.money.before == money(before)
    assert found.standing.money.after == money(after)
    assert found.cases.changed > 0


def told(one: ProcessException) -> tuple[object, ...]:
    return (one.severity, one.owner, one.reason, one.blocked, one.exposure, one.type, one.title)


def test_what_could_not_be_evaluated_is_never_unchanged(databases: Databases):
    """What is held up has no one currency: the candidate cannot say, and that stands apart."""
    furnished(databases, worked(1, 9, after=-3 * DAY, currency="USD"))
    text = written(
        "1.1.0",
        ("money: {blocked: t.amount}", "money: {blocked: sum(s.amount for s in timesheet)}"),
    )
    found = backtested(databases, text)
    assert (found.cases.compared, found.cases.not_evaluated) == (3, 1)
    (one,) = found.unevaluated
    assert (one.version, one.rule, one.case, one.cases) == ("1.1.0", "no-purchase-order", "E-1", 1)
    assert one.reason == "mistyped-datum"
    assert samples(found, "opened") == [("decision-not-evaluated", "E-1")]
    assert found.standing.closed == 0


def test_the_same_history_and_the_same_candidate_give_the_same_finding(databases: Databases):
    furnished(databases)
    assert backtested(databases) == backtested(databases)


def test_what_came_behind_the_offset_does_not_count(databases: Databases):
    furnished(databases)
    with reading(databases.state) as state:
        offset = state.execute(select(case_stores.case_event.c.offset)).scalars().all()
    first = backtested(databases, offset=max(offset))
    append(databases, [signed(1, "PO-1", after=DAY, again="b"), signed(4, None, after=DAY)])
    take(databases)
    assert samples(backtested(databases), "closed") == []
    assert samples(backtested(databases, offset=max(offset)), "removed") == samples(
        first, "removed"
    )
    assert backtested(databases, offset=max(offset)).cases.compared == 3


def test_a_version_can_be_looked_at_as_things_stood_on_a_day(databases: Databases):
    """On the third day engagement 2 had no order yet, and nobody was late."""
    furnished(databases)
    found = backtested(databases, until=NOON - 2 * DAY)
    assert (found.standing.opened, found.standing.closed) == (0, 2)
    assert found.standing.money.before.blocked == euros("1800.00")
    assert found.standing.money.after.blocked == euros("1600.00")
    assert backtested(databases, until=NOON - 6 * DAY).cases.compared == 0


def test_what_was_over_before_the_time_looked_at_is_not_looked_at(databases: Databases):
    furnished(databases)
    found = backtested(databases, since=NOON - DAY / 2)
    assert samples(found, "removed") == [("no-purchase-order", "T-1-1")]


def test_a_rule_set_that_was_never_in_force_is_compared_with_nothing(databases: Databases):
    furnished(databases)
    text = written("1.0.0", ("ruleset: small-billing-rules", "ruleset: strict-billing"))
    found = backtested(databases, text, ruleset="strict-billing", version="1.0.0", against=None)
    assert found.standing.opened == len(standing(databases))
    assert {one.before.reason for one in found.samples} == {"no version is compared with"}
    assert found.standing.money.after == found.standing.money.before  # a line counts once


def test_a_rule_that_the_version_no_longer_has_ends_its_exceptions(databases: Databases):
    furnished(databases)
    found = backtested(databases, DROPPED)
    assert [(one.rule, one.standing.closed) for one in found.rules] == [("invoice-late", 6)]
    (first, *_) = [one for one in found.samples if one.kind == "closed"]
    assert first.after.reason == "version 1.1.0 has no rule invoice-late"


def test_what_is_waived_is_not_closed_by_a_rule_that_lets_it_pass(databases: Databases):
    furnished(databases)
    ((id_, one),) = [(i, o) for i, o in standing(databases).items() if o.occurrence == "T-1-1"]
    until = {"until": (LATER + DAY).isoformat(), "reason": "agreed by phone"}
    ask(databases, "exception:waive", {"exception": id_, "sign_own": True, **until}, at=LATER)
    take(databases)
    assert one.id not in standing(databases)
    assert backtested(databases).standing.closed == 0


def test_a_backtest_that_is_over_ends_at_its_next_page(databases: Databases):
    furnished(databases)
    seen: list[int] = []
    with pytest.raises(OverError):
        backtested(
            databases, over=lambda _state: True, progress=lambda done, _all: seen.append(done)
        )
    assert seen == [0]


def moments(databases: Databases, text: str) -> list[tuple[Difference, Difference]]:
    """Return, at every moment, what all rules say otherwise, and those that differ alone."""
    with reading(databases.state) as state, reading(databases.log) as log:
        definitions = load_definitions(state)
        (before,) = definitions.rules[PROCESS]
        after = replace(before, key=text, text=text, ruleset=read_ruleset(text))
        whole = Versions(before=before, after=after)
        part = narrowed(whole)
        assert part is not None
        unfolding = load(
            state, log, definitions, case_stores.instances_of(state, PROCESS), offset=99
        )
        seen = [
            one
            for past in unfolding.cases.values()
            for one in unfolding.moments(past, [], since=None, until=LATER)
        ]
    both = (Asking(ByReference(), definitions, one).pairs(seen) for one in (whole, part))
    return [(all_.difference, few.difference) for all_, few in zip(*both, strict=True)]


@pytest.mark.parametrize("text", [CANDIDATE, STRICT, written("1.1.0", LOWER), DROPPED, RENAMED])
def test_the_rules_that_differ_say_alone_what_all_of_them_would(databases: Databases, text: str):
    furnished(databases)
    found = moments(databases, text)
    assert any(not whole.same for whole, _ in found)
    assert [whole for whole, _ in found] == [part for _, part in found]


def test_a_version_with_the_same_rules_changes_nothing(databases: Databases):
    furnished(databases)
    text = written("1.1.0", ("rationale: The client pays", "rationale: A client pays"))
    found = backtested(databases, text)
    assert (found.cases.compared, found.cases.changed, found.samples) == (3, 0, [])


def test_at_its_last_moment_a_case_is_as_it_stands(databases: Databases):
    furnished(databases)
    with reading(databases.state) as state, reading(databases.log) as log:
        definitions = load_definitions(state)
        ids = case_stores.instances_of(state, PROCESS)
        unfolding = load(state, log, definitions, ids, offset=10**9)
        stands = read_cases(state, definitions, load_cases(state, ids))
        for id_, folded in stands.items():
            past = unfolding.cases[id_]
            assert unfolding.seen(past, at=LATER, until=None).folded == folded
            *_, last = unfolding.moments(past, [], since=None, until=LATER)
            assert last.folded == folded
            assert list(last.clocks) == list(clocks_of(definitions, folded, last.at))
