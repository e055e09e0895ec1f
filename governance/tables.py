"""
The tables of who promised what: documents, exceptions, the outbox and the ledger.

Instants are microseconds since the epoch, amounts are decimal text, documents are
JSON or YAML text as registered.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
)

GOVERNANCE = MetaData()

team = Table(
    "team",
    GOVERNANCE,
    Column("team", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("document", Text, nullable=False),  # JSON: members, receivers, escalation
    Column("version", Integer, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

contract = Table(
    "contract",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # api | event
    Column("format", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("owner", Text, nullable=False, index=True),
    Column("system", Text, nullable=False),
    Column("classification", Text, nullable=False),
    Column("compatibility", Text, nullable=False),
    Column("criticality", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("residency", Text, nullable=False),  # where its data may rest, e.g. eu; empty: anywhere
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
)

contract_owner = Table(  # who answered for a subject since when
    "contract_owner",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

contract_field = Table(  # the names that the newest draft of a subject declares
    "contract_field",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("field", Text, primary_key=True, index=True),
)

contract_version = Table(
    "contract_version",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("lifecycle", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("digest", Text, nullable=False),  # sha256 of the exact bytes
    Column("artifact", LargeBinary, nullable=False),  # packed: see packing.py
    Column("findings", Text, nullable=False),  # JSON list
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("published_at", BigInteger),
    Column("deprecated_at", BigInteger),
    Column("sunset_at", BigInteger),
    Column("successor", Text),  # the version to read instead
)

consumer = Table(
    "consumer",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("versions", Text, nullable=False),  # the pinned range, e.g. ^1.2
    Column("contact", Text, nullable=False),
    Column("uses", Text, nullable=False),  # JSON list: operations and fields; empty: all
    Column("declared_at", BigInteger, nullable=False),
    Column("declared_by", Text, nullable=False),
)

document = Table(  # process models, calendars, SLAs, rule sets, span mappings, routing
    "document",
    GOVERNANCE,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("state", Text, nullable=False),  # draft | shadow | active | retired
    Column("changed_at", BigInteger, nullable=False),  # when it came into that state
    Column("changed_by", Text, nullable=False),
    Column("in_force_at", BigInteger),  # when it came in force last; it may have gone since
    Column("signed_by", Text),
    Column("supersedes", Text),  # the version whose place it took
)
Index("document_state", document.c.kind, document.c.state)

planned = Table(  # transitions that wait for their time
    "planned",
    GOVERNANCE,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("to", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("signed_by", Text),
    Column("comment", Text, nullable=False),
)

process_exception = Table(
    "process_exception",
    GOVERNANCE,
    Column("id", Text, primary_key=True),  # EX-… hash of the fingerprint
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("process", Text, nullable=False),
    Column("instance", Text, nullable=False, index=True),
    Column("case_key", Text, nullable=False),
    Column("case_title", Text, nullable=False),
    Column("stage", Text),
    Column("ruleset", Text, nullable=False),
    Column("ruleset_version", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("rule_version", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("occurrence", Text, nullable=False),
    Column("line", Text, nullable=False),  # what the money hangs on; one line counts once
    Column("severity", Text, nullable=False),
    Column("state", Text, nullable=False),  # open | acknowledged | resolved | waived
    Column("owner", Text),
    Column("assignee", Text),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),  # JSON
    Column("decision", Text),
    Column("blocked", Text),  # decimal text; the line that is held up
    Column("exposure", Text),
    Column("currency", Text),  # of blocked and remaining
    Column("exposure_currency", Text),
    Column("delayed", Text),  # what waits for cash though nothing blocks it
    Column("delayed_currency", Text),
    Column("engagement", Text),  # what the blocked figure is capped by
    Column("remaining", Text),  # decimal text: the engagement's remaining value
    Column("delayed_since", BigInteger),  # when cash began to wait
    Column("process_sla", Text),  # JSON {sla, started_at, due_at, …} or null
    Column("pressed_from", BigInteger),  # of the promise that presses: the process's or handling's
    Column("pressed_until", BigInteger),
    Column("worth", Double, nullable=False),  # what it holds up, or exposes: to rank by
    Column("worth_exactly", Text),  # decimal text of the same
    Column("worth_currency", Text, nullable=False),  # "" without an amount
    Column("stake", BigInteger),  # of what stands: a digest of its money, 0 without any
    Column("searched", Text, nullable=False),  # what it is looked for by, in small letters
    Column("handled_from", BigInteger, nullable=False),  # opened, or last reopened
    Column("handling_due_at", BigInteger),  # acknowledge by
    Column("resolve_due_at", BigInteger),  # resolve by
    Column("promised_at", BigInteger),
    Column("opened_at", BigInteger, nullable=False),
    Column("acknowledged_at", BigInteger),
    Column("resolved_at", BigInteger),
    Column("resolved_by", Text),
    Column("resolution", Text),
    Column("resolved_event", Text),  # source/id of the event that ended it
    Column("waiver", Text),  # JSON {until, reason, asked_by, asked_at}: waits for approval
    Column("waived_until", BigInteger),
    Column("reopened", Integer, nullable=False),
    Column("reopened_by", Text),  # a person; it stands though its rule is quiet
    Column("escalated", Integer, nullable=False),  # 1 acknowledged too late, 2 resolved too late
    Column("escalate_at", BigInteger, index=True),  # when its handling is later than was told
    Column("incident", Text),  # IN-… hash of the cause and what its members share
    Column("incident_about", Text),  # JSON: the cause, its title and what its members share
    Column("changed_at", BigInteger, nullable=False),
)
Index("process_exception_state", process_exception.c.state, process_exception.c.opened_at)
Index("process_exception_incident", process_exception.c.incident, process_exception.c.state)
Index("process_exception_process", process_exception.c.process, process_exception.c.state)
Index(
    "process_exception_worth",
    *(process_exception.c[name] for name in ("process", "state", "worth_currency", "worth", "id")),
)
Index("process_exception_engagement", process_exception.c.engagement)
Index(  # all that the inbox filters and ranks by; SQLite's alone, PostgreSQL bounds what a row has
    "process_exception_standing",
    *(
        process_exception.c[name]
        for name in (
            "worth_currency",
            "worth",
            "id",
            "stake",
            "process",
            "instance",
            "engagement",
            "case_key",
            "state",
            "severity",
            "owner",
            "assignee",
            "stage",
            "ruleset",
            "rule",
            "type",
            "incident",
            "worth_exactly",
            "pressed_from",
            "pressed_until",
            "handling_due_at",
            "resolve_due_at",
            "opened_at",
            "acknowledged_at",
            "waiver",
        )
    ),
    sqlite_where=process_exception.c.stake.is_not(None),
    postgresql_where=false(),
)
Index(  # in which a word is looked for: beside all the rest it would be read with it
    "process_exception_searched",
    process_exception.c.searched,
    process_exception.c.id,
    sqlite_where=process_exception.c.stake.is_not(None),
    postgresql_where=false(),
)
Index("process_exception_opened", process_exception.c.process, process_exception.c.opened_at)
Index(  # with how long it took
    "process_exception_resolved",
    *(
        process_exception.c[name]
        for name in ("process", "resolved_at", "handled_from", "opened_at")
    ),
)

exception_history = Table(
    "exception_history",
    GOVERNANCE,
    Column("exception", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON
)

decision = Table(  # a history: never rebuilt
    "decision",
    GOVERNANCE,
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("process", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("evaluated", Text, nullable=False),  # JSON list of rule ids
    Column("firings", Text, nullable=False),  # JSON
    Column("not_fired", Text, nullable=False),  # JSON
    Column("facts_digest", Text, nullable=False),
    Column("trace_id", Text),
    Column("span_id", Text),
    Column("offset", BigInteger, nullable=False),
    Column("asked_by", Text),  # who asked at the gate; the worker's own decisions have none
)
Index("decision_instance", decision.c.instance, decision.c.offset)
Index(  # however often the gate was asked since
    "decision_of_worker",
    decision.c.instance,
    decision.c.ruleset,
    decision.c.offset,
    sqlite_where=decision.c.asked_by.is_(None),
    postgresql_where=decision.c.asked_by.is_(None),
)

reach = Table(  # how far the rules of a set came, day by day: decisions that came equally far
    "reach",
    GOVERNANCE,
    Column("ruleset", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # ISO 8601, in UTC
    Column("digest", Text, primary_key=True),  # of `reach`, which may be long
    Column("reach", Text, nullable=False),  # a word a rule, as `rules.reach` writes it
    Column("times", BigInteger, nullable=False),
)

unchecked = Table(  # a history: how often a rule could not be asked, and for what reason
    "unchecked",
    GOVERNANCE,
    Column("ruleset", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("times", BigInteger, nullable=False),
)

shadow = Table(  # versions that stand in shadow, and what they are compared with since when
    "shadow",
    GOVERNANCE,
    Column("ruleset", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("against", Text),
    Column("since", BigInteger, nullable=False),
)

shadow_waiting = Table(  # cases that were judged and are still to be compared
    "shadow_waiting",
    GOVERNANCE,
    Column("instance", Text, primary_key=True),
    Column("ruleset", Text, primary_key=True),
    Column("offset", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

shadow_comparison = Table(  # what was last found of each case
    "shadow_comparison",
    GOVERNANCE,
    Column("instance", Text, primary_key=True),
    Column("ruleset", Text, primary_key=True),
    Column("case_key", Text, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("verdict", Text, nullable=False),  # same | differs | not_evaluated
    Column("found", Text, nullable=False),  # JSON; empty where it is the same
)
Index("shadow_comparison_verdict", shadow_comparison.c.ruleset, shadow_comparison.c.verdict)

outbox = Table(
    "outbox",
    GOVERNANCE,
    Column("id", Text, primary_key=True),  # constant over retries: the receiver's idempotency key
    Column("receiver", Text, nullable=False),
    Column("channel", Text, nullable=False),  # webhook | email
    Column("group_key", Text, nullable=False),  # JSON: the route and the labels grouped by
    Column("members", Text, nullable=False),  # JSON list of exception ids and what happened to them
    Column("state", Text, nullable=False),  # waiting | sending | delivered | dead
    Column("payload", Text, nullable=False),  # JSON, sealed when the group's wait is over
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
    Column("delivered_at", BigInteger),
)
Index("outbox_due", outbox.c.state, outbox.c.due_at)

Index("outbox_group", outbox.c.group_key, outbox.c.state)

told = Table(  # who was told that an exception stands, and is still to hear of its end
    "told",
    GOVERNANCE,
    Column("exception", Text, primary_key=True),
    Column("receiver", Text, primary_key=True),
    Column("group_key", Text, primary_key=True),
    Column("channel", Text, nullable=False),
)

delivery = Table(  # every attempt and its answer
    "delivery",
    GOVERNANCE,
    Column("outbox", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("result", Text, nullable=False),  # delivered | retry | dead
    Column("answer", Text, nullable=False),
    Column("elapsed_seconds", Text, nullable=False),
)

ledger = Table(  # append-only: triggers refuse update and delete
    "ledger",
    GOVERNANCE,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column(
        "action", Text, nullable=False
    ),  # source:subject:action, e.g. contract:version:published
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),  # canonical JSON; digests, never personal data
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
Index("ledger_subject", ledger.c.subject, ledger.c.number)
Index("ledger_actor", ledger.c.actor, ledger.c.number)
Index("ledger_action", ledger.c.action, ledger.c.number)
