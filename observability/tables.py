"""
The tables of what happened.

`LOG` is the truth and stands in its own SQLite file on the embedded default; `STATE`
holds projections, which can be rebuilt from the log. Instants are microseconds since
the epoch, amounts are decimal text, documents are JSON text.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

LOG = MetaData()
STATE = MetaData()

Serial = BigInteger().with_variant(Integer(), "sqlite")

log_entry = Table(
    "log_entry",
    LOG,
    Column("offset", Serial, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),  # event | command | sweep | decision
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    UniqueConstraint("source", "id", name="log_entry_source_id"),
    sqlite_autoincrement=True,
)

quarantine = Table(
    "quarantine",
    LOG,
    Column("id", Text, primary_key=True),
    Column("received_at", BigInteger, nullable=False, index=True),
    Column("status", Text, nullable=False, index=True),  # held | replayed | discarded
    Column("channel", Text, nullable=False),  # cloudevents | otlp
    Column("source", Text),
    Column("event_id", Text),
    Column("type", Text),
    Column("reason", Text, nullable=False),  # stable slug
    Column("detail", Text, nullable=False),
    Column("errors", Text, nullable=False),  # JSON [{pointer, detail}]
    Column("owner", Text),
    Column("payload", LargeBinary, nullable=False),
    Column("settled_at", BigInteger),
    Column("settled_by", Text),
    Column("settled_reason", Text),
    Column("contract", Text),  # subject@version that it was held to
    Column("happened_at", BigInteger),  # of a back-filled event: its own time
)

refused = Table(  # what was held, by contract, source and day: of a subject without a version too
    "refused",
    LOG,
    Column("subject", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Text, primary_key=True),
    Column("pointer", Text, primary_key=True),  # of the first problem, `*` for each item of a list
    Column("events", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)
Index("refused_day", refused.c.day)

progress = Table(
    "progress",
    STATE,
    Column("consumer", Text, primary_key=True),
    Column("offset", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("live_at", BigInteger),  # of the latest entry that was no back-fill
    Column("backfill_at", BigInteger),  # how far the back-filled history has come
    Column("pieces", Integer, nullable=False),  # transactions of the next entry that are committed
)

batch = Table(  # the boundaries of every micro-batch, so that a replay takes the same steps
    "batch",
    STATE,
    Column("last_offset", BigInteger, primary_key=True, autoincrement=False),
    Column("first_offset", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("passed_over", Integer),  # NULL: applied; else how many of its transactions were
)

reconsideration = Table(  # processes whose past is placed and judged anew, piece by piece
    "reconsideration",
    STATE,
    Column("process", Text, primary_key=True),
    Column("correction", Text, nullable=False),  # which says what it changes
    Column("because", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("events_after", BigInteger, nullable=False),
    Column("events_until", BigInteger, nullable=False),
    Column("places", Integer, nullable=False),  # 1: events are placed anew, not only cases judged
    Column("cases_after", Text, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("cases", BigInteger, nullable=False),
)

turn = Table(  # when rules of a process next come into effect or go out of it
    "turn",
    STATE,
    Column("process", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

case_key = Table(  # every key a case is known by, and the instance that it leads to
    "case_key",
    STATE,
    Column("process", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("instance", Text, nullable=False, index=True),
)

case_event = Table(
    "case_event",
    STATE,
    Column("instance", Text, primary_key=True),
    Column("occurred_at", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("process", Text, nullable=False),
    Column("key", Text, nullable=False),  # the key by which the event itself named its case
    Column("activity", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("offset", BigInteger, nullable=False, index=True),
    Column("amount", Text),
    Column("currency", Text),
    Column("trace_id", Text),
    Column("span_id", Text),
    Column("objects", Text, nullable=False),  # JSON [[type, key], …] that the event touches
    Column("performer", Text),  # the team or role that took the step
    Column("duration_us", BigInteger),  # how long it worked on it, up to occurred_at
    sqlite_with_rowid=False,
)
Index("case_event_process", case_event.c.process, case_event.c.instance, case_event.c.occurred_at)

uncorrelated = Table(
    "uncorrelated",
    STATE,
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("process", Text, primary_key=True),
    Column("key", Text, nullable=False),  # the name under which an alias may claim it
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
)
Index("uncorrelated_key", uncorrelated.c.process, uncorrelated.c.key)

alias = Table(  # two keys of one case that a person joined
    "alias",
    STATE,
    Column("process", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("other", Text, primary_key=True),  # the greater of the two
)
Index("alias_other", alias.c.process, alias.c.other)

retraction = Table(  # events of the log that count no more, whether they came before it or after
    "retraction",
    STATE,
    Column("source", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

entity = Table(
    "entity",
    STATE,
    Column("type", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("state", Text, nullable=False),  # JSON of the folded fields
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("events", Integer, nullable=False),
    Column("event", Text),  # source/id of the event that described it last
    Column(
        "history", Text, nullable=False
    ),  # JSON: field → [[since, value], …] of what moves clocks
)

entity_event = Table(
    "entity_event",
    STATE,
    Column("type", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("occurred_at", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("offset", BigInteger, nullable=False, index=True),
    Column("activity", Text),
    Column(
        "describes", Integer, nullable=False
    ),  # 1: its data is the entity's; 0: it is stamped only
    sqlite_with_rowid=False,
)

case_entity = Table(
    "case_entity",
    STATE,
    Column("instance", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    sqlite_with_rowid=False,
)
Index("case_entity_entity", case_entity.c.type, case_entity.c.key)

case_link = Table(  # a case is a part of the case that `process` knows by `key`, or spawned by it
    "case_link",
    STATE,
    Column("instance", Text, primary_key=True),
    Column("process", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("kind", Text, primary_key=True),  # part | spawned
    sqlite_with_rowid=False,
)
Index("case_link_key", case_link.c.process, case_link.c.key)

entity_link = Table(  # an entity's fields that name another entity
    "entity_link",
    STATE,
    Column("type", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("to_type", Text, primary_key=True),
    Column("to_key", Text, primary_key=True),
    sqlite_with_rowid=False,
)
Index("entity_link_to", entity_link.c.to_type, entity_link.c.to_key)

instance = Table(
    "instance",
    STATE,
    Column("id", Text, primary_key=True),
    Column("process", Text, nullable=False),
    Column("case_key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("model", Text, nullable=False),  # version of the process model that judged it
    Column("state", Text, nullable=False),  # running | completed | cancelled
    Column("stage", Text),
    Column("owner", Text),
    Column("started_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("events", Integer, nullable=False),
    Column("rework", Integer, nullable=False),  # events that repeat an activity of the case
    Column("variant", Text, nullable=False),
    Column("amount", Text),
    Column("currency", Text),
    Column("currencies", Integer, nullable=False),  # of its sums; several are no amount
    Column("money", Text, nullable=False),  # JSON: the figures of the model's money chain
    Column("attributes", Text, nullable=False),  # JSON: the state of the case's own entity
    Column("departures", Text, nullable=False),  # JSON list
    Column("standing", Text, nullable=False, default="{}"),  # JSON: milestones, waits, …
    Column("waits_for", Text),  # the activity that it has waited for longest
    Column("waiting_since", BigInteger),
)
Index(  # what cases are looked up by stands behind, so that only those are read that are meant
    "instance_process_started",
    instance.c.process,
    instance.c.started_at,
    instance.c.id,
    instance.c.stage,
    instance.c.owner,
    instance.c.waits_for,
)
Index(
    "instance_process_state",
    instance.c.process,
    instance.c.state,
    instance.c.started_at,
    instance.c.id,
)
Index("instance_process_last", instance.c.process, instance.c.last_at, instance.c.started_at)
Index("instance_process_variant", instance.c.process, instance.c.variant, instance.c.id)
Index("instance_process_id", instance.c.process, instance.c.id, instance.c.started_at)
Index("instance_process_case", instance.c.process, instance.c.case_key)

variant = Table(
    "variant",
    STATE,
    Column("process", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("activities", Text, nullable=False),  # JSON list
)

system_heard = Table(  # when each system was heard last, and from when on it counts as silent
    "system_heard",
    STATE,
    Column("system", Text, primary_key=True),
    Column("heard_at", BigInteger, nullable=False),
    Column("silent_at", BigInteger),
)

silence = Table(
    "silence",
    STATE,
    Column("system", Text, primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger),  # NULL: it lasts
)

clock = Table(
    "clock",
    STATE,
    Column("id", Text, primary_key=True),
    Column("instance", Text, nullable=False, index=True),
    Column("process", Text, nullable=False),
    Column("sla", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("object_type", Text, nullable=False),  # "" when the clock is the case's own
    Column("object_key", Text, nullable=False),
    Column("period", Text, nullable=False),  # last day of the period that it is about, or ""
    Column("started_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("absent_at", BigInteger),  # past which it is absent; NULL: who would tell is silent
    Column("promised", Text, nullable=False),  # as a person says it: 5 business days
    Column("calendar", Text, nullable=False),  # "" where every minute counts
    Column("target_at", BigInteger),
    Column("cancelled_at", BigInteger),
    Column("paused_at", BigInteger),  # set while paused
    Column("remaining_seconds", BigInteger),  # business time left, while paused
    Column("warnings", Text, nullable=False),  # JSON list of instants (microseconds), ascending
    Column("next_at", BigInteger),  # the next warning or deadline to act on; NULL: nothing waits
    Column("amount", Text),
    Column("currency", Text),
    Column("owner", Text),
)
Index(
    "clock_next",
    clock.c.next_at,
    sqlite_where=clock.c.next_at.is_not(None),
    postgresql_where=clock.c.next_at.is_not(None),
)
Index("clock_process_sla", clock.c.process, clock.c.sla, clock.c.due_at)
UNMET = "(target_at IS NULL OR target_at > due_at)"
Index(  # all that says how a clock stands that was not met
    "clock_unmet",
    clock.c.process,
    clock.c.instance,
    clock.c.sla,
    clock.c.target_at,
    clock.c.due_at,
    clock.c.cancelled_at,
    clock.c.paused_at,
    clock.c.absent_at,
    clock.c.warnings,
    sqlite_where=text(UNMET),
    postgresql_where=text(UNMET),
)
