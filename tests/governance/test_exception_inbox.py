from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from governance.exception import stores
from governance.exception.at_risk import AtRisk
from governance.exception.inbox import Wanted
from governance.exception.inbox.stores import list_exceptions, pages
from governance.exception.inbox.wanted import Sort
from governance.exception.incident import Incident
from governance.exception.overview.stores import overview
from governance.exception.process_exception import (
    Change,
    Line,
    ProcessException,
    ProcessSla,
    Waiver,
    exception_id,
    fingerprint_of,
)
from governance.exception.promise import handling_promise, pressing, process_promise
from governance.exception.representation import represent
from governance.exception.share import Whole
from governance.handling.policy import BUILT_IN, read_handling
from governance.handling.priority import priority
from rules.decision import Evidence
from rules.money import Money, money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def held(line: str = "TS-1", **changes: object) -> ProcessException:
    fingerprint = fingerprint_of("i-1", "billing", "rate-agreed", line)
    return replace(
        ProcessException(
            id=exception_id(fingerprint),
            fingerprint=fingerprint,
            process="quote-to-cash",
            instance="i-1",
            case_key="E-1",
            case_title="Acme",
            stage="bill",
            ruleset="billing",
            ruleset_version="1.0.0",
            rule="rate-agreed",
            rule_version="1.0.0",
            type="RATE_MISSING",
            title="No rate",
            occurrence=line,
            line=line,
            severity="high",
            reason=f"{line}: no rate",
            owner="finance",
            opened_at=NOON - 2 * HOUR,
            handled_from=NOON - 2 * HOUR,
            changed_at=NOON - 2 * HOUR,
            handling_due_at=NOON + 6 * HOUR,
            resolve_due_at=NOON + 46 * HOUR,
        ),
        **changes,
    )


def clock(start: datetime, due: datetime, state: str = "running") -> ProcessSla:
    return ProcessSla(sla="time-to-invoice", started_at=start, due_at=due, state=state)


def keep(connection: Connection, *exceptions: ProcessException) -> None:
    line = Line(actor="controlplane", action="opened", at=NOON)
    stores.save(connection, [Change(exception=one, line=line) for one in exceptions])


def found(connection: Connection, at: datetime = NOON, **wanted: object) -> list[str]:
    page = list_exceptions(connection, Wanted(**wanted), at=at)
    assert page.total == len(page.items)
    return [one.line for one in page.items]


def test_an_exception_comes_back_as_it_was_kept(connection: Connection):
    whole = held(
        state="resolved",
        assignee="ada",
        evidence=(Evidence(label="Role", value="senior", fact_type="t", fact_id="1", field="r"),),
        decision="d-1",
        blocked=money("800.123456789012345678", "EUR"),
        exposure=money("27", "GBP"),
        remaining=money("0.000000000000000000000001", "EUR"),
        engagement="E-1",
        delayed_since=NOON,
        process_sla=clock(NOON, NOON + DAY),
        promised_at=NOON,
        acknowledged_at=NOON,
        resolved_at=NOON,
        resolved_by="ada",
        resolution="billed",
        waived_until=NOON,
        reopened=2,
    )
    keep(connection, whole)
    assert stores.get_exception(connection, whole.id) == whole
    assert stores.of_instances(connection, ["i-1", "i-2"]) == {"i-1": [whole]}
    assert stores.get_exceptions(connection, [whole.id, "EX-NOBODY"]) == {whole.id: whole}
    assert stores.get_exception(connection, "EX-NOBODY") is None


def test_history_is_numbered_on(connection: Connection):
    one = held()
    keep(connection, one)
    lines = [
        Change(exception=one, line=Line(actor="ada", action="commented", at=NOON, note=note))
        for note in ("first", "second")
    ]
    stores.save(connection, [*lines, Change(exception=replace(one, owner="delivery"))])
    assert [line.note for line in stores.history(connection, one.id)] == ["", "first", "second"]
    assert stores.get_exception(connection, one.id).owner == "delivery"


def test_an_id_that_stands_for_another_promise_is_refused_and_nothing_is_overwritten(
    connection: Connection,
):
    first, second = held("TS-1"), held("TS-2")
    keep(connection, first)
    with pytest.raises(stores.CollisionError, match=first.id):
        keep(connection, replace(second, id=first.id))
    with pytest.raises(stores.CollisionError):
        keep(connection, second, replace(held("TS-3"), id=second.id))
    assert stores.get_exception(connection, first.id) == first
    assert stores.get_exception(connection, second.id) is None


def test_waivers_that_ran_out_are_found(connection: Connection):
    keep(
        connection,
        held("TS-1", state="waived", waived_until=NOON),
        held("TS-2", state="waived", waived_until=NOON + HOUR),
        held("TS-3"),
    )
    assert [e.line for e in stores.waivers_ended(connection, at=NOON)] == ["TS-1"]


@pytest.mark.parametrize(
    ("wanted", "lines"),
    [
        ({"status": ("open",)}, ["TS-1", "TS-3"]),
        ({"status": ("open", "acknowledged")}, ["TS-1", "TS-2", "TS-3"]),
        ({"severity": ("critical",)}, ["TS-2"]),
        ({"owner": ("delivery",)}, ["TS-3"]),
        ({"process": ("hire",)}, ["TS-4"]),
        ({"rule": ("po-valid",)}, ["TS-3"]),
        ({"ruleset": ("nothing",)}, []),
        ({"stage": ("deliver",)}, ["TS-4"]),
        ({"case": "E-9"}, ["TS-4"]),
        ({"case": "i-9"}, ["TS-4"]),
        ({"assignee": "ada"}, ["TS-2"]),
        ({"unassigned": True}, ["TS-1", "TS-3", "TS-4"]),
        ({"q": "ts-3: NO"}, ["TS-3"]),
        ({"q": "100%"}, []),
        ({"min_amount": Decimal(1000)}, ["TS-2", "TS-3"]),
        ({"sla": ("breached",)}, ["TS-2"]),
        ({"sla": ("at_risk",)}, ["TS-3"]),
        ({"sla": ("breached", "on_track")}, ["TS-1", "TS-2", "TS-4"]),
        ({"due_within": DAY}, ["TS-1", "TS-3"]),
        ({"q": "no rate", "owner": ("finance",), "min_amount": Decimal(1000)}, ["TS-2"]),
    ],
)
def test_the_inbox_is_filtered(connection: Connection, wanted: dict[str, object], lines: list[str]):
    keep(
        connection,
        held("TS-1", blocked=money(100, "EUR")),
        held(
            "TS-2",
            state="acknowledged",
            severity="critical",
            assignee="ada",
            blocked=money(9_000, "EUR"),
            process_sla=clock(NOON - DAY, NOON - HOUR),
        ),
        held(
            "TS-3",
            owner="delivery",
            rule="po-valid",
            exposure=money(1_000, "EUR"),
            process_sla=clock(NOON - 3 * HOUR, NOON + HOUR),
        ),
        held(
            "TS-4",
            state="waived",
            process="hire",
            stage="deliver",
            case_key="E-9",
            instance="i-9",
        ),
    )
    assert sorted(found(connection, **wanted)) == lines


def test_the_least_amount_is_compared_to_the_last_digit(connection: Connection):
    keep(connection, held(blocked=money("9007199254740993.01", "EUR")))
    assert found(connection, min_amount=Decimal("9007199254740993.01")) == ["TS-1"]
    assert found(connection, min_amount=Decimal("9007199254740993.02")) == []


def test_priority_is_money_times_sla_used(connection: Connection):
    def slight(line: str, **changes: object) -> ProcessException:
        return held(line, severity="low", **changes)

    soon, late = clock(NOON - HOUR, NOON + 9 * HOUR), clock(NOON - 9 * HOUR, NOON + HOUR)
    over = clock(NOON - 9 * DAY, NOON - 8 * DAY)
    keep(
        connection,
        slight("early", blocked=money(1_000, "EUR"), process_sla=soon),
        slight("late", blocked=money(500, "EUR"), process_sla=late),
        slight("small", blocked=money(1, "EUR"), process_sla=over),
        slight("nothing"),
    )
    assert found(connection) == ["late", "early", "small", "nothing"]
    assert found(connection, sort="amount") == ["early", "late", "small", "nothing"]
    assert found(connection, sort="sla_used") == ["small", "late", "nothing", "early"]


def test_an_overdue_invoice_ranks_by_what_is_unpaid(connection: Connection):
    keep(
        connection,
        held("small", blocked=money(900, "EUR")),
        held("overdue", delayed=money(100_000, "EUR"), delayed_since=NOON - DAY),
        held("middle", exposure=money(5_000, "EUR")),
    )
    assert found(connection) == ["overdue", "middle", "small"]
    assert found(connection, min_amount=Decimal(50_000)) == ["overdue"]


def test_a_small_amount_does_not_outgrow_a_large_one_with_age(connection: Connection):
    years = clock(NOON - 900 * DAY, NOON - 899 * DAY)
    keep(
        connection,
        held("old", blocked=money(1_000, "EUR"), process_sla=years),
        held("large", blocked=money(40_000, "EUR")),
    )
    assert found(connection) == ["large", "old"]


POLICY = read_handling(
    "{handling: h, version: 1.0.0, priorities: [{currency: EUR, p1: 500, p2: 200, p3: 50}]}"
)


def test_the_database_gives_each_exception_the_priority_that_is_shown_of_it(
    connection: Connection,
):
    severities = ("critical", "high", "medium", "low")
    those = [
        held(
            f"{severity}-{number}",
            severity=severity,
            state="acknowledged" if number % 2 else "open",
            blocked=money(amount, currency) if currency else None,
            exposure=money(amount, "EUR") if number % 3 else None,
            process_sla=clock(NOON - number * HOUR, NOON + (9 - number) * HOUR, state),
        )
        for severity in severities
        for number, (amount, currency, state) in enumerate(
            [
                (120, "EUR", "running"),
                (300, "EUR", "absent"),
                (600, "GBP", "running"),
                (45, None, "running"),
                (100, None, "met"),
                (50, "EUR", "running"),
            ]
        )
    ]
    keep(connection, *those)
    for step in ("P1", "P2", "P3", "P4"):
        wanted = Wanted(priority=(step,))
        page = list_exceptions(connection, wanted, at=NOON, policy=POLICY)
        expected = {one.line for one in those if priority(one, POLICY, at=NOON) == step}
        assert {one.line for one in page.items} == expected != set()


def test_exceptions_are_found_by_class_by_incident_by_late_handling_and_by_when_they_closed(
    connection: Connection,
):
    one = Incident(id="IN-1", cause="down", title="Down", labels={"sla": "s"}, at_least=2)
    done = {"state": "resolved", "resolved_at": NOON - DAY}
    asked = Waiver(until=NOON + DAY, reason="agreed", asked_by="ana", asked_at=NOON)
    keep(
        connection,
        held("TS-1", incident=one, waiver=asked),
        held("TS-2", type="TAX_MISSING", handling_due_at=NOON - HOUR),
        held("TS-3", **done),
        held("TS-4", **done | {"resolved_at": NOON - 9 * DAY}),
    )
    assert found(connection, incident=("IN-1",)) == ["TS-1"]
    assert found(connection, type=("TAX_MISSING",)) == ["TS-2"]
    assert found(connection, handled_late=True) == ["TS-2"]
    assert found(connection, waiver_asked=True) == ["TS-1"]
    assert found(connection, resolved_since=NOON - 2 * DAY, resolved_until=NOON) == ["TS-3"]
    assert [e.line for e in stores.of_incident(connection, "IN-1")] == ["TS-1"]
    assert [e.line for e in stores.to_escalate(connection, at=NOON)] == ["TS-2"]


def test_a_critical_exception_without_a_clock_ranks_as_one_whose_promise_is_used_up(
    connection: Connection,
):
    keep(
        connection,
        held("late", blocked=money(1_000, "EUR"), process_sla=clock(NOON - 2 * DAY, NOON - DAY)),
        held("grave", severity="critical", blocked=money(159_800, "EUR")),
        held("slight", severity="low", blocked=money(159_700, "EUR"), handled_from=NOON),
    )
    assert found(connection) == ["grave", "late", "slight"]
    seen = overview(connection, process=None, since=NOON, at=NOON)
    assert [one.line for one in seen.first] == ["grave", "late", "slight"]


def test_what_is_resolved_holds_no_money_up_and_is_not_breached_now(connection: Connection):
    late = clock(NOON - DAY, NOON - HOUR)
    done = held(state="resolved", resolved_at=NOON, blocked=money(9, "EUR"), process_sla=late)
    keep(connection, done)
    page = list_exceptions(connection, Wanted(status=("resolved",)), at=NOON)
    assert (page.total, page.breached, page.money.blocked) == (1, 0, [])
    assert found(connection, sla=("breached",)) == []


def test_currencies_are_ranked_apart_and_interleaved(connection: Connection):
    keep(
        connection,
        held("yen-1", blocked=money(9_000_000, "JPY")),
        held("yen-2", blocked=money(8_000_000, "JPY")),
        held("euro-1", blocked=money(90, "EUR")),
        held("euro-2", exposure=money(80, "EUR")),
        held("none"),
    )
    assert found(connection) == ["euro-1", "yen-1", "euro-2", "yen-2", "none"]


@pytest.mark.parametrize("sort", ["priority", "amount"])
def test_pages_and_the_whole_list_are_in_one_order(connection: Connection, sort: Sort):
    amounts = [None, *(money(n % 4 * 100, code) for n in range(8) for code in ("EUR", "GBP"))]
    states = ("open", "resolved", "acknowledged", "waived")
    those = [held(f"TS-{n}", blocked=one, state=states[n * 7 % 4]) for n, one in enumerate(amounts)]
    keep(connection, *those)
    wanted = Wanted(sort=sort)
    turned = [
        one.line
        for offset in range(0, len(amounts), 5)
        for one in list_exceptions(connection, wanted, at=NOON, limit=5, offset=offset).items
    ]
    whole = [
        one for some in pages(connection, wanted, at=NOON, policy=BUILT_IN, size=4) for one in some
    ]
    assert turned == [one.line for one in whole]
    assert [one.standing for one in whole] == sorted([one.standing for one in whole], reverse=True)


def test_it_is_found_in_small_letters_of_any_alphabet(connection: Connection):
    keep(connection, held(case_title="ÅNGSTRÖM AB"), held("TS-2"))
    assert found(connection, q="ångström") == ["TS-1"]


def test_the_newest_and_the_oldest_come_first_when_asked(connection: Connection):
    keep(connection, held("TS-1", opened_at=NOON - DAY), held("TS-2", opened_at=NOON - HOUR))
    assert found(connection, sort="newest") == ["TS-2", "TS-1"]
    assert found(connection, sort="oldest") == ["TS-1", "TS-2"]


def test_a_page_counts_all_that_is_wanted(connection: Connection):
    keep(
        connection,
        *(
            held(
                f"TS-{n}",
                blocked=money(100 + n, "EUR"),
                engagement="E-1",
                remaining=money(250, "EUR"),
                process_sla=clock(NOON - DAY, NOON - HOUR) if n else None,
            )
            for n in range(3)
        ),
    )
    first = list_exceptions(connection, Wanted(), at=NOON, limit=2)
    rest = list_exceptions(connection, Wanted(), at=NOON, limit=2, offset=first.next_offset)
    assert (len(first.items), len(rest.items), rest.next_offset) == (2, 1, None)
    assert (first.total, first.breached, first.at_risk) == (3, 2, 0)
    assert first.money.blocked == rest.money.blocked == [money(250, "EUR")]
    assert first.money.exposure == [money(53, "EUR")]
    assert not {e.id for e in first.items} & {e.id for e in rest.items}


def test_the_handling_promise_is_to_acknowledge_and_then_to_resolve():
    open_, taken = held(), held(state="acknowledged", acknowledged_at=NOON)
    assert handling_promise(open_, at=NOON).sla == "acknowledge"
    assert handling_promise(open_, at=NOON).used_percent == 25.0
    assert handling_promise(taken, at=NOON).sla == "resolve"
    assert handling_promise(taken, at=NOON + 35 * HOUR).state == "at_risk"
    assert handling_promise(taken, at=NOON + 47 * HOUR).state == "breached"


def test_a_promise_at_its_limit_is_not_broken():
    one = held()
    assert handling_promise(one, at=NOON + 6 * HOUR).state == "at_risk"
    assert handling_promise(one, at=NOON + 6 * HOUR + timedelta(microseconds=1)).state == "breached"


def test_what_is_done_was_in_time_or_not():
    assert handling_promise(held(state="resolved", resolved_at=NOON), at=NOON + DAY).state == "met"
    late = held(state="resolved", acknowledged_at=NOON, resolved_at=NOON + 50 * HOUR)
    assert handling_promise(late, at=NOON + 9 * DAY).state == "breached"
    assert handling_promise(held(state="waived"), at=NOON + DAY).state == "waived"
    assert handling_promise(held(handling_due_at=None), at=NOON) is None


def test_the_process_promise_is_the_clocks_own():
    def state(*args: object) -> str:
        return process_promise(held(process_sla=clock(*args)), at=NOON).state

    assert state(NOON - HOUR, NOON + HOUR) == "on_track"
    assert state(NOON - 9 * HOUR, NOON + HOUR) == "at_risk"
    assert state(NOON - DAY, NOON - HOUR, "absent") == "breached"
    assert state(NOON - DAY, NOON - HOUR, "met") == "met"
    assert state(NOON - DAY, NOON - HOUR, "cancelled") == "cancelled"
    assert state(NOON - DAY, NOON + HOUR, "paused") == "paused"
    assert state(NOON, NOON) == "breached" or process_promise(held(), at=NOON) is None


def test_a_clock_that_was_met_no_longer_presses():
    met = held(process_sla=clock(NOON - DAY, NOON - HOUR, "met"))
    assert pressing(met, at=NOON).sla == "acknowledge"
    late = held(process_sla=clock(NOON - DAY, NOON - HOUR, "absent"))
    assert pressing(late, at=NOON).sla == "time-to-invoice"


def test_an_exception_is_shown_with_three_figures_and_two_promises():
    shown = represent(
        held(
            blocked=money(365_000, "EUR"),
            delayed_since=NOON - 10 * DAY,
            process_sla=clock(NOON - HOUR, NOON + HOUR),
        ),
        at=NOON,
        history=[Line(actor="ada", action="commented", at=NOON)],
    )
    assert shown.money.blocked == money(365_000, "EUR")
    assert shown.money.delayed_cash == money("800.00", "EUR")
    assert shown.money.exposure is None
    assert shown.process_sla.used_percent == 50.0
    assert shown.handling_sla.due_at == NOON + 6 * HOUR
    assert (shown.case, shown.age_seconds, len(shown.history)) == ("E-1", 7_200.0, 1)


def at_days(*days: float) -> list[datetime]:
    return [NOON + timedelta(days=day) for day in days]


def test_the_overview_counts_what_stands_and_what_was_closed(connection: Connection):
    ago = NOON - 3 * DAY
    euro = money(100, "EUR")
    done = {"state": "resolved", "changed_at": NOON - DAY, "resolved_at": NOON - DAY}
    keep(
        connection,
        held("TS-1", blocked=euro, process_sla=clock(NOON - DAY, NOON - HOUR, "absent")),
        held("TS-2", blocked=money(300, "EUR"), rule="po-valid", stage=None),
        held("TS-3", blocked=euro, opened_at=ago, handled_from=ago, **done),
        held("TS-4", opened_at=ago, handled_from=NOON - 2 * DAY, **done),
        held("TS-5", **done | {"resolved_at": NOON - 40 * DAY}),
        held("TS-6", blocked=euro, state="waived", opened_at=ago, changed_at=NOON - 2 * DAY),
        held("TS-7", process="hire", blocked=euro),
    )
    seen = overview(connection, process="quote-to-cash", since=NOON - 4 * DAY, at=NOON)
    assert (seen.open, seen.breached, seen.at_risk, seen.closed) == (2, 1, 0, 2)
    assert seen.median_to_resolve_seconds == 1.5 * DAY.total_seconds()
    assert seen.money.blocked == [money(400, "EUR")]
    assert [one.line for one in seen.first] == ["TS-2", "TS-1"]
    assert [
        (h.stage, h.rule, h.count, h.blocked, h.breached_share) for h in seen.by_stage_rule
    ] == [
        (None, "po-valid", 1, [money(300, "EUR")], 0.0),
        ("bill", "rate-agreed", 1, [euro], 1.0),
    ]
    everything = overview(connection, process=None, since=NOON - 4 * DAY, at=NOON)
    assert everything.open == 3


def test_the_trend_says_what_each_day_opened_closed_and_held_up(connection: Connection):
    def span(line: str, opened: datetime, resolved: datetime | None, held_up: Money) -> None:
        changes: dict[str, object] = {"opened_at": opened, "handled_from": opened}
        if resolved:
            changes |= {"state": "resolved", "resolved_at": resolved, "changed_at": resolved}
        keep(connection, held(line, blocked=held_up, engagement="E-1", **changes))

    two, one, now = at_days(-2, -1, 0)
    span("TS-1", two, one, money(100, "EUR"))
    span("TS-2", two, None, money(50, "EUR"))
    span("TS-3", one, one + HOUR, money(7, "EUR"))
    span("TS-4", now, None, money(5, "GBP"))
    trend = overview(connection, process=None, since=NOON - 2 * DAY, at=NOON).trend
    assert [(day.date.day, day.opened, day.closed) for day in trend] == [
        (28, 2, 0),
        (1, 1, 2),
        (2, 1, 0),
    ]
    assert [day.blocked for day in trend] == [
        [money(150, "EUR")],
        [money(50, "EUR")],
        [money(50, "EUR"), money(5, "GBP")],
    ]
    assert trend[1].median_to_resolve_seconds == 12.5 * HOUR.total_seconds()
    assert trend[0].median_to_resolve_seconds is None


def test_a_stage_counts_a_line_once_that_two_rules_hold_up(connection: Connection):
    stuck = {"blocked": money(100, "EUR"), "stage": "bill"}
    keep(
        connection,
        held("TS-1", **stuck),
        replace(held("TS-1/po", rule="po-valid", **stuck), line="TS-1"),
    )
    seen = overview(connection, process=None, since=NOON, at=NOON)
    assert [one.blocked for one in seen.by_stage_rule] == [[money(100, "EUR")]] * 2
    assert [(one.stage, one.blocked) for one in seen.by_stage] == [("bill", [money(100, "EUR")])]


def test_the_window_before_tells_what_it_closed_and_what_it_left_held_up(connection: Connection):
    def closed(line: str, at: datetime) -> ProcessException:
        begun = at - 2 * DAY
        done = {"state": "resolved", "resolved_at": at, "changed_at": at}
        return held(line, blocked=money(9, "EUR"), opened_at=begun, handled_from=begun, **done)

    keep(connection, *(closed(f"TS-{days}", NOON - days * DAY) for days in (1, 3, 9)))
    span = {"since": NOON - 2 * DAY, "at": NOON}
    seen = overview(connection, process=None, earlier=NOON - 4 * DAY, **span).earlier
    assert (seen.closed, seen.median_to_resolve_seconds) == (1, 2 * DAY.total_seconds())
    assert seen.blocked == [money(9, "EUR")]
    assert overview(connection, process=None, **span).earlier is None


def test_an_empty_house_has_an_empty_overview(connection: Connection):
    seen = overview(connection, process=None, since=NOON, at=NOON)
    assert (seen.open, seen.closed, seen.median_to_resolve_seconds) == (0, 0, None)
    assert (seen.first, seen.by_stage_rule, len(seen.trend)) == ([], [], 1)


def test_a_line_that_the_whole_and_its_part_hold_up_counts_once_over_all_processes(
    connection: Connection,
):
    def stuck(line: str, process: str, instance: str, amount: int) -> ProcessException:
        other = held(f"{line} of {instance}", blocked=money(amount, "EUR"))
        named = {"process": process, "instance": instance, "engagement": instance}
        return replace(other, line=line, **named)

    keep(
        connection,
        stuck("TS-1", "quote-to-cash", "e-1", 100),
        stuck("TS-1", "time-to-bill", "ts-1", 120),
        stuck("TS-2", "time-to-bill", "ts-2", 30),
        stuck("TS-2", "time-to-bill", "ts-9", 7),  # another firm's, of no whole
    )

    def blocked(**wanted: object) -> list[Money]:
        wholes = {part: Whole(instance="e-1") for part in ("ts-1", "ts-2")}
        page = list_exceptions(
            connection, Wanted(**wanted), at=NOON, wholes=lambda _connection, _those: wholes
        )
        return page.money.blocked

    assert blocked() == [money(157, "EUR")]
    assert blocked(process=("quote-to-cash",)) == [money(100, "EUR")]
    assert blocked(process=("time-to-bill",)) == [money(157, "EUR")]


def test_parts_of_a_case_hold_up_together_no_more_than_it_has_left_to_bill(
    connection: Connection,
):
    keep(
        connection,
        *(
            replace(
                held(line, blocked=money(60, "EUR")),
                process="time-to-bill",
                instance=line.lower(),
                engagement=line,
                remaining=money(60, "EUR"),
            )
            for line in ("TS-1", "TS-2")
        ),
        held("elsewhere", blocked=money(5, "GBP")),
    )
    whole = Whole(instance="e-1", left=money(70, "EUR"))

    def at_risk(**wanted: object) -> AtRisk:
        parts = {"ts-1": whole, "ts-2": whole}
        page = list_exceptions(
            connection, Wanted(**wanted), at=NOON, wholes=lambda _connection, _those: parts
        )
        return page.money

    assert at_risk().blocked == [money(70, "EUR"), money(5, "GBP")]
    assert at_risk().exposure == [money(50, "EUR")]
    assert at_risk(process=("time-to-bill",)).blocked == [money(120, "EUR")]
