"""What no fact could meet is settled before the engine is asked, and by a look at few rules."""

import msgspec

from rules.compiling import CompiledRuleSet
from rules.deciding import decide

ROLES = ("manager", "partner")


def by_role(firm) -> CompiledRuleSet:
    return firm.compiled(
        *(
            firm.rule(
                rule=role, when=[{"each": "timesheet as t", "where": [f't.role == "{role}"']}]
            )
            for role in ROLES
        )
    )


def test_a_rule_that_no_fact_could_meet_is_not_put_to_the_engine(firm, timesheet, monkeypatch):
    compiled = by_role(firm)
    shown: list[int] = []
    right = compiled.engines.ask

    def ask(number: int, positions: list[int], facts: list[str], without: frozenset[str]) -> list:
        shown.extend(positions)
        return right(number, positions, facts, without)

    monkeypatch.setattr(compiled.engines, "ask", ask)
    assert decide(compiled, [timesheet(role="analyst")]).outcome == "clear"
    assert shown == []
    sheets = [timesheet("1", role="analyst"), timesheet("2", role="partner")]
    assert [one.rule for one in decide(compiled, sheets).firings] == ["partner"]
    assert shown == [1]


def test_who_does_not_ask_why_rules_are_quiet_is_told_all_else_alike(firm, timesheet):
    compiled, facts = by_role(firm), [timesheet(role="partner")]
    told = decide(compiled, facts)
    assert [one.rule for one in told.not_fired] == ["manager"]
    assert decide(compiled, facts, explain=False) == msgspec.structs.replace(
        told, not_fired=(), reach=""
    )


def test_a_list_where_a_word_is_wanted_spoils_only_the_rule_that_reads_it(firm, timesheet):
    rules = [
        firm.rule(when=[{"each": "timesheet as t", "where": ['t.role == "manager"']}]),
        firm.rule(rule="other", when=[{"each": "timesheet as t", "where": ['t.status == "x"']}]),
    ]
    sheet = timesheet(status="x")
    sheet.values["role"] = ["manager"]
    decision = decide(firm.compiled(*rules), [sheet])
    assert [one.rule for one in decision.firings] == ["other"]
    assert [one.reason for one in decision.not_evaluated] == ["mistyped-datum"]
