from datetime import UTC, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from governance.exception.at_risk import AtRisk, at_risk, blocked_by, delayed_cash, worth_of
from governance.exception.process_exception import (
    ProcessException,
    exception_id,
    fingerprint_of,
)
from rules.money import Money, money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def pounds(amount: str | int) -> Money:
    return money(amount, "GBP")


def held(line: str, blocked: Money | None = None, **changes: object) -> ProcessException:
    rule = str(changes.get("rule", "rate-agreed"))
    fingerprint = fingerprint_of("i-1", "billing", rule, line)
    return replace(
        ProcessException(
            id=exception_id(fingerprint),
            fingerprint=fingerprint,
            process="quote-to-cash",
            instance="i-1",
            case_key="E-1",
            case_title="Acme",
            ruleset="billing",
            ruleset_version="1.0.0",
            rule=rule,
            rule_version="1.0.0",
            type="RATE_MISSING",
            title="No rate",
            occurrence=line,
            line=line,
            severity="high",
            reason="no rate",
            opened_at=NOON,
            handled_from=NOON,
            changed_at=NOON,
            blocked=blocked,
            engagement="E-1",
        ),
        **changes,
    )


def test_two_lines_with_less_left_are_blocked_up_to_what_remains_and_the_rest_is_exposure():
    """Two lines of 60 with 70 left: 70 blocked, 50 over the cap; never 120, never 60."""
    left = {"remaining": pounds(70_000)}
    figures = at_risk(
        [held("TS-1", pounds(60_000), **left), held("TS-2", pounds(60_000), **left)], at=NOON
    )
    assert figures == AtRisk(blocked=[pounds(70_000)], exposure=[pounds(50_000)])


def test_a_line_that_two_rules_hold_up_counts_once():
    figures = at_risk(
        [held("TS-1", pounds(800)), held("TS-1", pounds(800), rule="po-valid")], at=NOON
    )
    assert figures.blocked == [pounds(800)]


def test_an_amount_below_nothing_takes_nothing_from_the_others():
    below = {"exposure": pounds(-500), "delayed_since": NOON - timedelta(days=30)}
    those = [held("TS-1", pounds(800), exposure=pounds(40)), held("TS-2", pounds(-300), **below)]
    assert at_risk(those, at=NOON) == AtRisk(blocked=[pounds(800)], exposure=[pounds(40)])
    assert delayed_cash(those[1], at=NOON) is None


def test_a_line_counts_at_the_most_that_any_rule_holds_up_of_it():
    figures = at_risk(
        [held("TS-1", pounds(300)), held("TS-1", pounds(800), rule="po-valid")], at=NOON
    )
    assert figures.blocked == [pounds(800)]


def test_the_same_line_of_another_engagement_is_another_line():
    other = held("1", pounds(5), engagement="E-2")
    assert at_risk([held("1", pounds(5)), other], at=NOON).blocked == [pounds(10)]


def test_each_engagement_is_capped_by_what_remains_of_it_alone():
    figures = at_risk(
        [
            held("TS-1", pounds(100), remaining=pounds(40)),
            held("TS-2", pounds(100), engagement="E-2", remaining=pounds(500)),
        ],
        at=NOON,
    )
    assert figures.blocked == [pounds(140)]


def test_what_remains_is_what_the_latest_decision_knew():
    stale = held("TS-1", pounds(100), remaining=pounds(500), changed_at=NOON - timedelta(days=1))
    fresh = held("TS-2", pounds(100), remaining=pounds(150))
    assert at_risk([fresh, stale], at=NOON).blocked == [pounds(150)]


def test_an_overdrawn_engagement_blocks_nothing_and_exposes_everything():
    figures = at_risk([held("TS-1", pounds(100), remaining=pounds(-20))], at=NOON)
    assert figures == AtRisk(blocked=[pounds(0)], exposure=[pounds(100)])


def test_of_an_engagement_that_is_billed_a_block_of_all_of_it_holds_up_and_exposes_nothing():
    """What does not remain of the engagement itself was billed; more work than fits was not."""
    whole = held("E-1", pounds(539_000), remaining=pounds(0))
    assert at_risk([whole], at=NOON) == AtRisk(blocked=[pounds(0)])
    more = held("TS-1", pounds(800), remaining=pounds(0))
    assert at_risk([whole, more], at=NOON).exposure == [pounds(800)]
    begun = replace(whole, remaining=pounds(200_000))
    assert at_risk([begun], at=NOON) == AtRisk(blocked=[pounds(200_000)])


def test_engagements_of_two_processes_that_have_one_key_do_not_cap_each_other():
    here = held("TS-1", pounds(100), remaining=pounds(40))
    there = held("TS-1", pounds(900), remaining=pounds(700), process="subcontracting")
    assert at_risk([here, there], at=NOON) == AtRisk(blocked=[pounds(740)], exposure=[pounds(260)])


def test_cash_is_delayed_only_of_what_may_still_be_billed_the_longest_wait_first():
    left, day = pounds(365_000), timedelta(days=1)
    old = held("TS-2", pounds(300_000), remaining=left, delayed_since=NOON - 20 * day)
    new = held("TS-1", pounds(300_000), remaining=left, delayed_since=NOON - 10 * day)
    cost = (Decimal(300_000) * 20 + 65_000 * 10) * Decimal("0.08") / 365
    assert at_risk([new, old], at=NOON).delayed_cash == [pounds(str(round(cost, 2)))]
    billed = replace(old, remaining=pounds(0))
    assert delayed_cash(billed, at=NOON) == pounds("0.00")
    assert at_risk([billed], at=NOON).delayed_cash == []


def test_an_exception_holds_up_no_more_than_its_engagement_has_left_to_bill():
    whole = held("E-1", pounds(539_000), remaining=pounds(0))
    part = held("TS-1", pounds(800), remaining=pounds(500))
    assert (blocked_by(whole), worth_of(whole)) == (pounds(0), pounds(0))
    assert blocked_by(part) == at_risk([part], at=NOON).blocked[0] == pounds(500)
    assert blocked_by(held("TS-1", pounds(800))) == pounds(800)
    assert worth_of(held("TS-1", exposure=pounds(27))) == pounds(27)


def test_currencies_stay_apart():
    figures = at_risk([held("TS-1", pounds(5)), held("TS-2", money(7, "EUR"))], at=NOON)
    assert figures.blocked == [money(7, "EUR"), pounds(5)]


def test_delayed_cash_is_amount_times_days_times_the_cost_of_capital_by_the_year():
    late = held("TS-1", pounds(365_000), delayed_since=NOON - timedelta(days=10, hours=23))
    assert delayed_cash(late, at=NOON) == pounds("800.00")
    assert delayed_cash(late, at=NOON, cost_of_capital=Decimal("0.10")) == pounds("1000.00")


def test_waiting_stops_costing_when_the_exception_is_resolved():
    done = held(
        "TS-1",
        pounds(365_000),
        delayed_since=NOON - timedelta(days=10),
        resolved_at=NOON - timedelta(days=5),
    )
    assert delayed_cash(done, at=NOON) == pounds("400.00")


def test_a_delay_that_has_not_begun_costs_nothing():
    early = held("TS-1", pounds(100), delayed_since=NOON + timedelta(days=3))
    assert delayed_cash(early, at=NOON) == pounds("0.00")
    assert delayed_cash(held("TS-1", pounds(100)), at=NOON) is None


def test_a_line_that_waits_twice_costs_once_from_its_earliest_day():
    since = NOON - timedelta(days=10)
    figures = at_risk(
        [
            held("TS-1", pounds(365_000), delayed_since=since),
            held("TS-1", pounds(365_000), rule="late", delayed_since=NOON - timedelta(days=2)),
        ],
        at=NOON,
    )
    assert figures.delayed_cash == [pounds("800.00")]


def unpaid(amount: Money, days: int = 30, **changes: object) -> ProcessException:
    since = NOON - timedelta(days=days)
    return held("INV-1", **{"delayed": amount, "delayed_since": since, **changes})


def test_an_unpaid_invoice_delays_cash_though_all_is_billed_and_nothing_is_blocked():
    """12,000 for 30 days at 8 percent: 12,000 * 30 * 0.08 / 365 = 78.904..."""
    late = unpaid(pounds(12_000))
    assert at_risk([late], at=NOON) == AtRisk(delayed_cash=[pounds("78.90")])
    assert delayed_cash(late, at=NOON) == pounds("78.90")
    billed = held("TS-1", pounds(500), remaining=pounds(0), delayed_since=NOON - timedelta(9))
    assert at_risk([late, billed], at=NOON).delayed_cash == [pounds("78.90")]


def test_an_invoice_that_two_rules_find_unpaid_counts_once_at_the_most_from_the_first_day():
    those = [unpaid(pounds(12_000), 10), unpaid(pounds(11_000), 30, rule="rejected")]
    assert at_risk(those, at=NOON).delayed_cash == [pounds("78.90")]


def test_a_line_that_is_billed_does_not_wait_to_be_billed_as_well():
    blocked = held("INV-1", pounds(12_000), rule="held", delayed_since=NOON - timedelta(days=90))
    figures = at_risk([unpaid(pounds(12_000)), blocked], at=NOON)
    assert (figures.blocked, figures.delayed_cash) == ([pounds(12_000)], [pounds("78.90")])


def test_what_is_unpaid_in_several_currencies_is_not_added():
    those = [unpaid(pounds(12_000)), unpaid(money(12_000, "EUR"), rule="rejected")]
    assert at_risk(those, at=NOON).delayed_cash == [money("78.90", "EUR"), pounds("78.90")]


def test_an_amount_that_waits_from_no_known_day_costs_nothing_that_can_be_told():
    undated = unpaid(pounds(12_000), delayed_since=None)
    assert (at_risk([undated], at=NOON), delayed_cash(undated, at=NOON)) == (AtRisk(), None)


def test_only_the_total_of_delayed_cash_is_rounded():
    since = NOON - timedelta(days=1)
    lines = [held(f"TS-{n}", pounds(10), delayed_since=since) for n in range(10)]
    assert at_risk(lines, at=NOON).delayed_cash == [pounds("0.02")]


def test_an_exposure_counts_once_a_line():
    figures = at_risk(
        [
            held("INV-1", exposure=pounds(27)),
            held("INV-1", exposure=pounds(27), rule="duplicate"),
            held("INV-2", exposure=pounds(3)),
        ],
        at=NOON,
    )
    assert figures == AtRisk(exposure=[pounds(30)])


def test_an_excess_over_the_cap_that_a_rule_reports_is_not_counted_again():
    left = {"remaining": pounds(70)}
    burn = held("E-1", exposure=pounds(50), rule="burn", type="BURN_OVER_CAP")
    figures = at_risk(
        [held("TS-1", pounds(60), **left), held("TS-2", pounds(60), **left), burn], at=NOON
    )
    assert figures.exposure == [pounds(50)]


def test_an_excess_that_a_rule_reports_in_one_currency_says_nothing_of_another():
    burn = held("E-1", exposure=pounds(50), rule="burn", type="BURN_OVER_CAP")
    euros = held("TS-1", money(100, "EUR"), remaining=money(60, "EUR"))
    figures = at_risk([burn, euros], at=NOON)
    assert figures.exposure == [money(40, "EUR"), pounds(50)]


def test_nothing_at_risk_is_nothing():
    assert at_risk([held("TS-1")], at=NOON) == AtRisk()
