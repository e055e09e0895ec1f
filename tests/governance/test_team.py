from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from governance.team import Team, put_team, stores
from rules.refusal import Refusal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FINANCE = {
    "name": "Finance",
    "members": ["ada"],
    "receivers": [
        {"receiver": "mail", "email": {"to": ["finance@example.test"]}},
        {
            "receiver": "hook",
            "webhook": {"url": "https://hooks.example.test/x", "secret": "env:FINANCE_HOOK"},
        },
    ],
    "escalation": ["hook", "mail"],
}


def test_a_team_is_put_and_its_version_counts_changes():
    first = put_team(None, "finance", FINANCE)
    assert (first.version, first.receivers[1].channel) == (1, "webhook")
    assert put_team(first, "finance", FINANCE) == first
    assert put_team(first, "finance", FINANCE | {"members": []}).version == 2


@pytest.mark.parametrize(
    ("team", "changes", "pointer"),
    [
        ("Finance!", {}, "/team"),
        ("finance", {"name": " "}, "/name"),
        ("finance", {"members": "ada"}, "/members"),
        ("finance", {"escalation": ["pager"]}, "/escalation/0"),
        ("finance", {"colour": "blue"}, ""),
        ("finance", {"receivers": [{"receiver": "x"}], "escalation": []}, "/receivers/0"),
        (
            "finance",
            {
                "receivers": [{"receiver": "x", "email": {"to": ["a\r\nBcc: b@c.test"]}}],
                "escalation": [],
            },
            "/receivers/0/email/to/0",
        ),
        (
            "finance",
            {"receivers": [{"receiver": "x", "webhook": {"url": "ftp://x"}}], "escalation": []},
            "/receivers/0/webhook/url",
        ),
        (
            "finance",
            {
                "receivers": [
                    {"receiver": "x", "webhook": {"url": "https://x", "secret": "whsec_abc"}}
                ],
                "escalation": [],
            },
            "/receivers/0/webhook/secret",
        ),
    ],
)
def test_a_team_that_cannot_be_reached_is_refused(
    team: str, changes: dict[str, object], pointer: str
):
    refusal = put_team(None, team, FINANCE | changes)
    assert isinstance(refusal, Refusal)
    assert refusal.errors[0].pointer == pointer


def test_teams_are_kept(connection: Connection):
    first = put_team(None, "finance", FINANCE)
    stores.save(connection, first, at=NOON)
    second = put_team(first, "finance", FINANCE | {"members": ["bo"]})
    stores.save(connection, second, at=NOON)
    stores.save(connection, Team(team="delivery", name="Delivery"), at=NOON)
    assert stores.get_team(connection, "finance") == second
    assert [team.team for team in stores.list_teams(connection)] == ["delivery", "finance"]
    assert stores.get_team(connection, "nobody") is None
