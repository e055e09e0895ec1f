"""A decision as it explains itself: each rule, its conditions, the data, and who reported them."""

from datetime import datetime

import msgspec


class SourceEvent(msgspec.Struct, frozen=True, kw_only=True):
    source: str = ""
    id: str = ""
    title: str = ""
    at: datetime | None = None
    trace_id: str | None = None
    span_id: str | None = None


class Datum(msgspec.Struct, frozen=True, kw_only=True):
    """What is worked out rests on other data: on `counted` of them, some of which are shown."""

    label: str = ""
    value: str | None = None
    event: str | None = None
    counted: int = 0
    rests_on: tuple["Datum", ...] = ()


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    asked: str = ""
    state: str = ""
    words: str = ""
    data: tuple[Datum, ...] = ()


class ExplainedRule(msgspec.Struct, frozen=True, kw_only=True):
    rule: str = ""
    version: str = ""
    title: str = ""
    question: str = ""
    state: str = ""
    sentence: str = ""
    outcome: str | None = None
    row: int = 0
    conditions: tuple[Condition, ...] = ()

    @property
    def applies(self) -> bool:
        """Whether it was asked about anything."""
        return self.state != "not_asked" and any(one.data for one in self.conditions)


class ExplainedDecision(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime | None = None
    ruleset: str = ""
    ruleset_version: str = ""
    events: dict[str, SourceEvent] = {}
    rules: tuple[ExplainedRule, ...] = ()
