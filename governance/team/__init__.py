"""Who answers for contracts, stages and rules, and where they are reached."""

from governance.team.team import Email, Receiver, Team, Webhook, put_team, receiver_problems

__all__ = ["Email", "Receiver", "Team", "Webhook", "put_team", "receiver_problems"]
