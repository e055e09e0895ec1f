from datetime import UTC, datetime, timedelta

from fired import CASE, LATER, NOON, decided, firing, opened
from msgspec.structs import replace

from governance.exception.process_exception import ProcessSla
from governance.exception.reconcile import (
    expire_waiver,
    reconcile,
)
from governance.handling.due import Handling
from rules.calendar import BusinessCalendar, CalendarDocument, WeeklyHours
from rules.decision import Evidence, NotEvaluated, NotFired
from rules.money import Money, money

ON_OFFICE_HOURS = Handling(
    otherwise=BusinessCalendar(
        CalendarDocument(
            calendar="office",
            version="1.0.0",
            zone="UTC",
            hours=WeeklyHours(
                mon=("09:00-17:00",),
                tue=("09:00-17:00",),
                wed=("09:00-17:00",),
                thu=("09:00-17:00",),
            ),
        )
    )
)


def unasked(rule: str) -> NotEvaluated:
    return NotEvaluated(rule=rule, because="too many facts", reason="too-many-combinations")


def test_a_rule_that_fires_opens_an_exception():
    [change] = reconcile([], decided(firing(blocked=money("800.00", "EUR"))), CASE, at=NOON)
    exception = change.exception
    assert exception.state == "open"
    assert exception.opened_at == NOON
    assert exception.blocked == Money(amount=exception.blocked.amount, currency="EUR")
    assert change.line.action == "opened"
    assert change.line.note == "Timesheet TS-1: no rate for senior."


def test_an_exception_is_named_by_its_fingerprint():
    first, again, other = opened(), opened(), opened("TS-2")
    assert first.id == again.id
    assert first.id != other.id
    assert first.id.startswith("EX-")
    assert len(first.id) == len("EX-1234567-1234567")


def test_an_exception_about_the_case_itself_stays_the_same_when_the_case_is_called_otherwise():
    [change] = reconcile([], decided(firing("E-1")), CASE, at=NOON)
    renamed = replace(CASE, case_key="A-1")
    [amended] = reconcile([change.exception], decided(firing("A-1")), renamed, at=LATER)
    assert amended.exception.id == change.exception.id
    assert amended.exception.occurrence == "A-1"
    assert amended.line.action == "amended"


def test_the_same_decision_again_changes_nothing():
    assert reconcile([opened()], decided(firing()), CASE, at=LATER) == []


def test_a_rule_that_stops_firing_resolves_its_exception():
    quiet = decided(not_fired=(NotFired(rule="rate-agreed", because="a rate was agreed"),))
    [change] = reconcile([opened()], quiet, CASE, at=LATER)
    assert change.exception.state == "resolved"
    assert change.exception.resolved_at == LATER
    assert change.exception.resolution == "a rate was agreed"


def test_an_occurrence_that_vanished_is_resolved_while_the_other_stands():
    [change] = reconcile([opened(), opened("TS-2")], decided(firing("TS-2")), CASE, at=LATER)
    assert change.exception.occurrence == "TS-1"
    assert change.exception.resolution == "TS-1 no longer breaks the rule"


def test_a_rule_that_was_not_asked_leaves_its_exception_open():
    assert reconcile([opened()], decided(evaluated=("other",)), CASE, at=LATER) == []


def test_a_rule_that_could_not_be_asked_leaves_its_exception_open():
    broken = decided(evaluated=(), not_evaluated=(unasked("rate-agreed"),))
    (change,) = reconcile([opened()], broken, CASE, at=LATER)
    assert change.exception.rule == "decision-not-evaluated"


def test_what_could_not_be_checked_is_an_exception_of_the_rule_sets_owner():
    around = replace(CASE, engagement_owner="emea", ruleset_owner="rules-board")
    broken = decided(evaluated=("po-valid",), not_evaluated=(unasked("rate-agreed"),))
    [change] = reconcile([], broken, around, at=NOON)
    one = change.exception
    assert (one.type, one.owner, one.severity) == (
        "DECISION_NOT_EVALUATED",
        "rules-board",
        "high",
    )
    assert one.reason == (
        "1 of 2 rules of billing-eligibility could not be checked. rate-agreed: too many facts"
    )
    assert reconcile([one], broken, around, at=LATER) == []


def test_what_can_be_checked_again_resolves_the_exception_of_the_decision():
    broken = decided(evaluated=(), not_evaluated=(unasked("rate-agreed"),))
    [first] = reconcile([], broken, CASE, at=NOON)
    [change] = reconcile([first.exception], decided(), CASE, at=LATER)
    assert (change.exception.state, change.exception.resolution) == (
        "resolved",
        "every rule could be checked",
    )


def test_another_rule_set_does_not_touch_the_exception():
    assert reconcile([opened()], decided(ruleset="contract-completeness"), CASE, at=LATER) == []


def test_two_rule_sets_may_name_a_rule_alike():
    one = reconcile([], decided(firing()), CASE, at=NOON)
    other = reconcile([], decided(firing(), ruleset="sla-breach"), CASE, at=NOON)
    assert one[0].exception.id != other[0].exception.id


def test_a_changed_reason_amends_the_exception_and_says_what_moved():
    [change] = reconcile([opened()], decided(firing(reason="another")), CASE, at=LATER)
    assert change.line.action == "amended"
    assert change.line.detail == {"reason": ["Timesheet TS-1: no rate for senior.", "another"]}
    assert change.exception.opened_at == NOON
    assert change.exception.changed_at == LATER


def test_a_new_rule_version_is_followed_without_a_line_in_the_history():
    [change] = reconcile([opened()], decided(firing(rule_version="1.0.1")), CASE, at=LATER)
    assert change.exception.rule_version == "1.0.1"
    assert change.line is None


def test_an_acknowledged_exception_stays_acknowledged_when_it_is_amended():
    held = opened(state="acknowledged", assignee="ada")
    [change] = reconcile([held], decided(firing(severity="critical")), CASE, at=LATER)
    assert (change.exception.state, change.exception.assignee) == ("acknowledged", "ada")
    assert change.exception.severity == "critical"


def test_a_resolved_exception_that_fires_again_reopens_under_its_own_id():
    done = opened(state="resolved", resolved_at=NOON, resolved_by="ada", resolution="done")
    [change] = reconcile([done], decided(firing()), CASE, at=LATER)
    again = change.exception
    assert (again.id, again.state, again.reopened) == (done.id, "open", 1)
    assert again.opened_at == NOON
    assert again.handled_from == LATER
    assert again.resolve_due_at > LATER
    assert (again.resolved_at, again.resolved_by, again.resolution) == (None, None, None)
    assert change.line.action == "reopened"


def test_a_resolved_exception_that_stays_quiet_is_left_alone():
    done = opened(state="resolved", resolved_at=NOON)
    assert reconcile([done], decided(), CASE, at=LATER) == []


def test_a_waived_exception_stays_waived_while_the_waiver_lasts():
    waived = opened(state="waived", waived_until=LATER + timedelta(seconds=1))
    assert reconcile([waived], decided(firing()), CASE, at=LATER) == []
    [amended] = reconcile([waived], decided(firing(reason="worse")), CASE, at=LATER)
    assert amended.exception.state == "waived"


def test_a_waiver_that_ran_out_opens_the_exception_again():
    waived = opened(state="waived", waived_until=LATER)
    [change] = reconcile([waived], decided(firing()), CASE, at=LATER)
    assert (change.exception.state, change.line.action) == ("open", "waiver-expired")


def test_a_waived_exception_whose_cause_is_gone_is_resolved():
    waived = opened(state="waived", waived_until=LATER + timedelta(days=1))
    [change] = reconcile([waived], decided(), CASE, at=LATER)
    assert change.exception.state == "resolved"


def test_a_waiver_ends_without_any_event_and_handling_begins_on_the_business_calendar():
    waived = opened(state="waived", waived_until=LATER)
    change = expire_waiver(waived, at=LATER, handling=ON_OFFICE_HOURS)
    assert change.exception.id == waived.id
    assert change.exception.state == "open"
    assert change.exception.handled_from == LATER
    assert change.exception.handling_due_at == datetime(2026, 3, 3, 17, tzinfo=UTC)


def test_the_owner_is_the_engagements_own_before_the_rules_the_stages_and_the_processs():
    def owner(**changes: object) -> str | None:
        fired = firing(owner=changes.pop("rule_owner", None))
        around = replace(CASE, **{"stage_owner": None, **changes})
        return reconcile([], decided(fired), around, at=NOON)[0].exception.owner

    everyone = {
        "engagement_owner": "emea-finance",
        "rule_owner": "finance",
        "stage_owner": "delivery",
        "process_owner": "operations",
    }
    seen = []
    while everyone:
        seen.append(owner(**everyone))
        everyone.pop(next(iter(everyone)))
    assert seen == ["emea-finance", "finance", "delivery", "operations"]
    assert owner() == "unowned"


def test_the_late_clock_and_the_refused_line_hang_on_the_same_object():
    clock = ProcessSla(
        sla="time-to-invoice",
        started_at=NOON - timedelta(days=9),
        due_at=NOON,
        state="absent",
        object_type="timesheet",
        object="TS-1",
    )
    around = replace(CASE, clocks={"time-to-invoice:TS-1": clock})
    late = firing("time-to-invoice:TS-1", rule="late", clock="time-to-invoice:TS-1")
    changes = reconcile([], decided(firing(), late), around, at=NOON)
    assert {change.exception.line for change in changes} == {"TS-1"}
    assert changes[1].exception.process_sla == clock


def test_a_case_clock_hangs_on_the_case():
    clock = ProcessSla(sla="set-up", started_at=NOON, due_at=NOON, state="absent")
    around = replace(CASE, clocks={"set-up": clock})
    [change] = reconcile([], decided(firing("set-up", clock="set-up")), around, at=NOON)
    assert change.exception.line == "E-1"


def test_what_remains_in_another_currency_caps_nothing():
    around = replace(CASE, engagement="E-1", remaining=money(70, "GBP"))
    [change] = reconcile([], decided(firing(blocked=money(60, "EUR"))), around, at=NOON)
    assert change.exception.remaining is None


def test_critical_is_acknowledged_in_an_hour_and_resolved_in_eight():
    [change] = reconcile([], decided(firing(severity="critical")), CASE, at=NOON)
    assert change.exception.handling_due_at == NOON + timedelta(hours=1)
    assert change.exception.resolve_due_at == NOON + timedelta(hours=8)


def test_the_rest_is_acknowledged_in_one_business_day_and_resolved_in_three():
    [change] = reconcile([], decided(firing()), CASE, at=NOON, handling=ON_OFFICE_HOURS)
    assert change.exception.handling_due_at == datetime(2026, 3, 3, 17, tzinfo=UTC)
    assert change.exception.resolve_due_at == datetime(2026, 3, 5, 17, tzinfo=UTC)


def rate(event: str) -> Evidence:
    return Evidence(
        label="rate",
        value="unknown",
        fact_type="rate-card",
        fact_id="RC-1",
        field="senior",
        event=event,
    )


def test_what_ends_by_itself_names_the_event_that_says_otherwise_of_its_evidence():
    held = opened(evidence=(rate("urn:crm/e-1"),))
    around = replace(CASE, events={("rate-card", "RC-1"): "urn:crm/e-2"}, last_event="urn:psa/e-9")
    [change] = reconcile([held], decided(), around, at=LATER)
    assert change.exception.resolved_event == "urn:crm/e-2"
    assert change.line.detail == {"decision": "d-1", "event": "urn:crm/e-2"}


def test_what_ends_by_itself_names_the_last_event_of_its_case_where_its_evidence_has_not_moved():
    around = replace(CASE, events={("rate-card", "RC-1"): "urn:crm/e-1"}, last_event="urn:psa/e-9")
    [change] = reconcile([opened(evidence=(rate("urn:crm/e-1"),))], decided(), around, at=LATER)
    assert change.exception.resolved_event == "urn:psa/e-9"


def test_what_a_person_reopened_stands_though_its_rule_is_quiet_until_it_fires_again():
    reopened = opened(reopened_by="ada", reopened=1)
    assert reconcile([reopened], decided(), CASE, at=LATER) == []
    [again] = reconcile([reopened], decided(firing()), CASE, at=LATER)
    assert again.exception.reopened_by is None
    [over] = reconcile([again.exception], decided(), CASE, at=LATER)
    assert over.exception.state == "resolved"


def test_what_remains_to_bill_moves_for_an_exception_whose_rule_was_not_asked():
    held = opened(blocked=money(60, "EUR"), remaining=money(70, "EUR"), engagement="E-1")
    around = replace(CASE, engagement="E-1", remaining=money(20, "EUR"))
    [change] = reconcile([held], decided(evaluated=("other",)), around, at=LATER)
    assert change.exception.remaining == money(20, "EUR")
    assert change.line is None
