"""Messages on their way: kept until they are delivered or dead, never lost."""

from governance.outbox.outgoing import SCHEDULE, Answer, Attempt, Outgoing, after, revive

__all__ = ["SCHEDULE", "Answer", "Attempt", "Outgoing", "after", "revive"]
