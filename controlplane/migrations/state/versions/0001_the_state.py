"""the state"""

import sqlalchemy as sa
from alembic import op

from governance.ledger_guard import statements, undoing

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "integration",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("supported", sa.Boolean(), nullable=False),
        sa.Column("support_ends", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("criticality", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "consumer"),
    )
    op.create_table(
        "sighting",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("what", "day", "source"),
    )
    op.create_table(
        "foretelling",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("sla", sa.Text(), nullable=False),
        sa.Column("week", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("took_us", sa.BigInteger(), nullable=False),
        sa.Column("history", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("process", "sla", "week"),
    )
    op.create_table(
        "foretold",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("sla", sa.Text(), nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bin", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("forecasts", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Double(), nullable=False),
        sa.Column("square", sa.Double(), nullable=False),
        sa.Column("base_square", sa.Double(), nullable=False),
        sa.Column("broke", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("process", "sla", "day", "due_day", "bin"),
    )
    op.create_table(
        "passage",
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("took_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "bucket"),
    )
    op.create_table(
        "traffic",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("traced", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("looked", sa.BigInteger(), nullable=False),
        sa.Column("shape", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "version", "source", "day"),
    )
    op.create_index("traffic_day", "traffic", ["day"], unique=False)
    op.create_table(
        "registry_reference",
        sa.Column("schema_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("schema_id", "subject", "version"),
    )
    op.create_index(
        "registry_reference_to", "registry_reference", ["subject", "version"], unique=False
    )
    op.create_table(
        "registry_schema",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("compiled", sa.Text(), nullable=False),
        sa.Column("references", sa.Text(), nullable=False),
        sa.Column("beside", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "registry_setting",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("setting", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "setting"),
    )
    op.create_table(
        "registry_subject",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "type"),
        sa.UniqueConstraint("contract"),
    )
    op.create_table(
        "registry_version",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("schema_id", sa.Integer(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("contract_version", sa.Text(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "version"),
    )
    op.create_index(
        op.f("ix_registry_version_schema_id"), "registry_version", ["schema_id"], unique=False
    )
    op.create_table(
        "reconciliation_break",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("broken", sa.Text(), nullable=False),
        sa.Column("exception", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run", "number"),
    )
    op.create_table(
        "reconciliation_extract",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reconciliation", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "reconciliation_extract_of",
        "reconciliation_extract",
        ["reconciliation", "side", "part", "watermark"],
        unique=False,
    )
    op.create_table(
        "reconciliation_piece",
        sa.Column("extract", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("unfinished_since", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("extract", "number"),
    )
    op.create_index(
        op.f("ix_reconciliation_piece_unfinished_since"),
        "reconciliation_piece",
        ["unfinished_since"],
        unique=False,
    )
    op.create_table(
        "reconciliation_run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reconciliation", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("breaks_of", sa.Text(), nullable=True),
        sa.Column("broken", sa.Integer(), nullable=False),
        sa.Column("on_the_way", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.Column("money", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "reconciliation_run_of",
        "reconciliation_run",
        ["reconciliation", "asked_at", "id"],
        unique=False,
    )
    op.create_index("reconciliation_run_status", "reconciliation_run", ["status"], unique=False)
    op.create_table(
        "case_rollup",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("kept", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("instance"),
    )
    op.create_index("case_rollup_process", "case_rollup", ["process", "instance"], unique=False)
    op.create_table(
        "rollup",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("process", "measure", "day", "of", "bucket"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "rollup_nothing",
        "rollup",
        ["n"],
        unique=False,
        sqlite_where=sa.text("n = 0"),
        postgresql_where=sa.text("n = 0"),
    )
    op.create_index(
        "rollup_variant",
        "rollup",
        ["process", "n", "of"],
        unique=False,
        sqlite_where=sa.text("measure = 'variant'"),
        postgresql_where=sa.text("measure = 'variant'"),
    )
    op.create_table(
        "rollup_amount",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("process", "measure", "day", "of", "currency"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollup_case",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("total", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("process", "measure", "at", "of", "instance", "currency"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "backtest",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "batch",
        sa.Column("last_offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("passed_over", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("last_offset"),
    )
    op.create_table(
        "case_entity",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "type", "key"),
        sqlite_with_rowid=False,
    )
    op.create_index("case_entity_entity", "case_entity", ["type", "key"], unique=False)
    op.create_table(
        "case_event",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("trace_id", sa.Text(), nullable=True),
        sa.Column("span_id", sa.Text(), nullable=True),
        sa.Column("objects", sa.Text(), nullable=False),
        sa.Column("performer", sa.Text(), nullable=True),
        sa.Column("duration_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("instance", "occurred_at", "sequence", "event_id", "source"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "case_event_process", "case_event", ["process", "instance", "occurred_at"], unique=False
    )
    op.create_index(op.f("ix_case_event_offset"), "case_event", ["offset"], unique=False)
    op.create_table(
        "case_key",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("process", "key"),
    )
    op.create_index(op.f("ix_case_key_instance"), "case_key", ["instance"], unique=False)
    op.create_table(
        "case_link",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "process", "key", "kind"),
        sqlite_with_rowid=False,
    )
    op.create_index("case_link_key", "case_link", ["process", "key"], unique=False)
    op.create_table(
        "system_heard",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.Column("silent_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("system"),
    )
    op.create_table(
        "alias",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("process", "key", "other"),
    )
    op.create_index("alias_other", "alias", ["process", "other"], unique=False)
    op.create_table(
        "retraction",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "event_id"),
    )
    op.create_table(
        "correction",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("cases", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("breaches_withdrawn", sa.BigInteger(), nullable=False),
        sa.Column("breaches_added", sa.BigInteger(), nullable=False),
        sa.Column("exceptions_ended", sa.BigInteger(), nullable=False),
        sa.Column("exceptions_opened", sa.BigInteger(), nullable=False),
        sa.Column("money", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "correction_member",
        sa.Column("correction", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("case_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("exception", sa.Text(), nullable=True),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("correction", "number"),
    )
    op.create_index(
        "correction_member_instance",
        "correction_member",
        ["instance", "correction"],
        unique=False,
    )
    op.create_index(
        "correction_member_object",
        "correction_member",
        ["correction", "object"],
        unique=False,
    )
    op.create_table(
        "silence",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("system", "since"),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("sla", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("absent_at", sa.BigInteger(), nullable=True),
        sa.Column("promised", sa.Text(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("target_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("remaining_seconds", sa.BigInteger(), nullable=True),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "clock_next",
        "clock",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index("clock_process_sla", "clock", ["process", "sla", "due_at"], unique=False)
    op.create_index(
        "clock_unmet",
        "clock",
        [
            "process",
            "instance",
            "sla",
            "target_at",
            "due_at",
            "cancelled_at",
            "paused_at",
            "absent_at",
            "warnings",
        ],
        unique=False,
        sqlite_where=sa.text("(target_at IS NULL OR target_at > due_at)"),
        postgresql_where=sa.text("(target_at IS NULL OR target_at > due_at)"),
    )
    op.create_index(op.f("ix_clock_instance"), "clock", ["instance"], unique=False)
    op.create_table(
        "entity",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("history", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("type", "key"),
    )
    op.create_table(
        "entity_event",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=True),
        sa.Column("describes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("type", "key", "occurred_at", "sequence", "event_id", "source"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_entity_event_offset"), "entity_event", ["offset"], unique=False)
    op.create_table(
        "entity_link",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("to_type", sa.Text(), nullable=False),
        sa.Column("to_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("type", "key", "to_type", "to_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("entity_link_to", "entity_link", ["to_type", "to_key"], unique=False)
    op.create_table(
        "instance",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("case_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("rework", sa.Integer(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("currencies", sa.Integer(), nullable=False),
        sa.Column("money", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("departures", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("waiting_since", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("instance_process_case", "instance", ["process", "case_key"], unique=False)
    op.create_index(
        "instance_process_id", "instance", ["process", "id", "started_at"], unique=False
    )
    op.create_index(
        "instance_process_last", "instance", ["process", "last_at", "started_at"], unique=False
    )
    op.create_index(
        "instance_process_started",
        "instance",
        ["process", "started_at", "id", "stage", "owner", "waits_for"],
        unique=False,
    )
    op.create_index(
        "instance_process_state", "instance", ["process", "state", "started_at", "id"], unique=False
    )
    op.create_index(
        "instance_process_variant", "instance", ["process", "variant", "id"], unique=False
    )
    op.create_table(
        "progress",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("live_at", sa.BigInteger(), nullable=True),
        sa.Column("backfill_at", sa.BigInteger(), nullable=True),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("consumer"),
    )
    op.create_table(
        "reconsideration",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("correction", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("events_after", sa.BigInteger(), nullable=False),
        sa.Column("events_until", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("cases_after", sa.Text(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("cases", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("process"),
    )
    op.create_table(
        "turn",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("process"),
    )
    op.create_table(
        "uncorrelated",
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("offset", "process"),
    )
    op.create_index("uncorrelated_key", "uncorrelated", ["process", "key"], unique=False)
    op.create_table(
        "variant",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("activities", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("process", "variant"),
    )
    op.create_table(
        "consumer",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("uses", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "system"),
    )
    op.create_table(
        "contract",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.Column("compatibility", sa.Text(), nullable=False),
        sa.Column("criticality", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("residency", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_index(op.f("ix_contract_owner"), "contract", ["owner"], unique=False)
    op.create_table(
        "contract_version",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("artifact", sa.LargeBinary(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("deprecated_at", sa.BigInteger(), nullable=True),
        sa.Column("sunset_at", sa.BigInteger(), nullable=True),
        sa.Column("successor", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "version"),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("evaluated", sa.Text(), nullable=False),
        sa.Column("firings", sa.Text(), nullable=False),
        sa.Column("not_fired", sa.Text(), nullable=False),
        sa.Column("facts_digest", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=True),
        sa.Column("span_id", sa.Text(), nullable=True),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("decision_instance", "decision", ["instance", "offset"], unique=False)
    op.create_index(
        "decision_of_worker",
        "decision",
        ["instance", "ruleset", "offset"],
        unique=False,
        sqlite_where=sa.text("asked_by IS NULL"),
        postgresql_where=sa.text("asked_by IS NULL"),
    )
    op.create_table(
        "delivery",
        sa.Column("outbox", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("elapsed_seconds", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outbox", "attempt"),
    )
    op.create_table(
        "document",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("in_force_at", sa.BigInteger(), nullable=True),
        sa.Column("signed_by", sa.Text(), nullable=True),
        sa.Column("supersedes", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "name", "version"),
    )
    op.create_index("document_state", "document", ["kind", "state"], unique=False)
    op.create_table(
        "planned",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "version"),
    )
    op.create_table(
        "exception_history",
        sa.Column("exception", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("exception", "number"),
    )
    op.create_table(
        "ledger",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ledger_action", "ledger", ["action", "number"], unique=False)
    op.create_index("ledger_actor", "ledger", ["actor", "number"], unique=False)
    op.create_index("ledger_subject", "ledger", ["subject", "number"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("outbox_due", "outbox", ["state", "due_at"], unique=False)
    op.create_index("outbox_group", "outbox", ["group_key", "state"], unique=False)
    op.create_table(
        "process_exception",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("case_key", sa.Text(), nullable=False),
        sa.Column("case_title", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("ruleset_version", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("blocked", sa.Text(), nullable=True),
        sa.Column("exposure", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("exposure_currency", sa.Text(), nullable=True),
        sa.Column("delayed", sa.Text(), nullable=True),
        sa.Column("delayed_currency", sa.Text(), nullable=True),
        sa.Column("engagement", sa.Text(), nullable=True),
        sa.Column("remaining", sa.Text(), nullable=True),
        sa.Column("delayed_since", sa.BigInteger(), nullable=True),
        sa.Column("process_sla", sa.Text(), nullable=True),
        sa.Column("pressed_from", sa.BigInteger(), nullable=True),
        sa.Column("pressed_until", sa.BigInteger(), nullable=True),
        sa.Column("worth", sa.Double(), nullable=False),
        sa.Column("worth_exactly", sa.Text(), nullable=True),
        sa.Column("worth_currency", sa.Text(), nullable=False),
        sa.Column("stake", sa.BigInteger(), nullable=True),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("handled_from", sa.BigInteger(), nullable=False),
        sa.Column("handling_due_at", sa.BigInteger(), nullable=True),
        sa.Column("resolve_due_at", sa.BigInteger(), nullable=True),
        sa.Column("promised_at", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("resolved_event", sa.Text(), nullable=True),
        sa.Column("waiver", sa.Text(), nullable=True),
        sa.Column("waived_until", sa.BigInteger(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("reopened_by", sa.Text(), nullable=True),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("escalate_at", sa.BigInteger(), nullable=True),
        sa.Column("incident", sa.Text(), nullable=True),
        sa.Column("incident_about", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fingerprint"),
    )
    op.create_index(
        op.f("ix_process_exception_escalate_at"), "process_exception", ["escalate_at"], unique=False
    )
    op.create_index(
        op.f("ix_process_exception_instance"), "process_exception", ["instance"], unique=False
    )
    op.create_index(
        "process_exception_engagement", "process_exception", ["engagement"], unique=False
    )
    op.create_index(
        "process_exception_opened", "process_exception", ["process", "opened_at"], unique=False
    )
    op.create_index(
        "process_exception_resolved",
        "process_exception",
        ["process", "resolved_at", "handled_from", "opened_at"],
        unique=False,
    )
    op.create_index(
        "process_exception_standing",
        "process_exception",
        [
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
        ],
        unique=False,
        sqlite_where=sa.text("stake IS NOT NULL"),
        postgresql_where=sa.text("false"),
    )
    op.create_index(
        "process_exception_searched",
        "process_exception",
        ["searched", "id"],
        unique=False,
        sqlite_where=sa.text("stake IS NOT NULL"),
        postgresql_where=sa.text("false"),
    )
    op.create_index(
        "process_exception_worth",
        "process_exception",
        ["process", "state", "worth_currency", "worth", "id"],
        unique=False,
    )
    op.create_index(
        "process_exception_incident", "process_exception", ["incident", "state"], unique=False
    )
    op.create_index(
        "process_exception_process", "process_exception", ["process", "state"], unique=False
    )
    op.create_index(
        "process_exception_state", "process_exception", ["state", "opened_at"], unique=False
    )
    op.create_table(
        "reach",
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("reach", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ruleset", "version", "day", "digest"),
    )
    op.create_table(
        "shadow",
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("against", sa.Text(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ruleset"),
    )
    op.create_table(
        "shadow_comparison",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("case_key", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "ruleset"),
    )
    op.create_index(
        "shadow_comparison_verdict", "shadow_comparison", ["ruleset", "verdict"], unique=False
    )
    op.create_table(
        "shadow_waiting",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "ruleset"),
    )
    op.create_table(
        "team",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team"),
    )
    op.create_table(
        "told",
        sa.Column("exception", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("exception", "receiver", "group_key"),
    )
    op.create_table(
        "unchecked",
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ruleset", "reason"),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "outcome",
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("command"),
    )
    op.create_table(
        "unprocessed",
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("offset"),
    )
    op.create_table(
        "standstill",
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("offset"),
    )
    op.create_table(
        "held_case",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("facts_digest", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("reported", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "approval",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("steward", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "version", "steward"),
    )
    op.create_table(
        "contract_field",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "field"),
    )
    op.create_index(op.f("ix_contract_field_field"), "contract_field", ["field"], unique=False)
    op.create_table(
        "contract_owner",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "number"),
    )
    op.create_table(
        "promotion",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "version", "environment"),
    )
    op.create_table(
        "remark",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "version", "number"),
    )
    op.create_table(
        "review",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("reviewers", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "version"),
    )
    op.create_table(
        "version_use",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "version", "system"),
    )
    op.create_table(
        "waiver",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=True),
        sa.Column("granted_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("waiver_version", "waiver", ["subject", "version"], unique=False)
    for statement in statements(op.get_bind().dialect.name):
        op.execute(statement)
    op.create_table(
        "sign_off",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("reconciliations", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "period"),
    )


def downgrade() -> None:
    op.drop_table("integration")
    op.drop_index("traffic_day", table_name="traffic")
    op.drop_table("traffic")
    op.drop_index(op.f("ix_registry_version_schema_id"), table_name="registry_version")
    op.drop_table("registry_version")
    op.drop_table("registry_subject")
    op.drop_table("registry_setting")
    op.drop_table("registry_schema")
    op.drop_index("registry_reference_to", table_name="registry_reference")
    op.drop_table("registry_reference")
    op.drop_index("waiver_version", table_name="waiver")
    op.drop_table("waiver")
    op.drop_table("version_use")
    op.drop_table("review")
    op.drop_table("remark")
    op.drop_table("promotion")
    op.drop_table("contract_owner")
    op.drop_index(op.f("ix_contract_field_field"), table_name="contract_field")
    op.drop_table("contract_field")
    op.drop_table("approval")
    op.drop_table("sign_off")
    op.drop_index("reconciliation_run_status", table_name="reconciliation_run")
    op.drop_index("reconciliation_run_of", table_name="reconciliation_run")
    op.drop_table("reconciliation_run")
    op.drop_index(
        op.f("ix_reconciliation_piece_unfinished_since"), table_name="reconciliation_piece"
    )
    op.drop_table("reconciliation_piece")
    op.drop_index("reconciliation_extract_of", table_name="reconciliation_extract")
    op.drop_table("reconciliation_extract")
    op.drop_table("reconciliation_break")
    op.drop_table("rollup_case")
    op.drop_table("rollup_amount")
    op.drop_index(
        "rollup_variant",
        table_name="rollup",
        sqlite_where=sa.text("measure = 'variant'"),
        postgresql_where=sa.text("measure = 'variant'"),
    )
    op.drop_index(
        "rollup_nothing",
        table_name="rollup",
        sqlite_where=sa.text("n = 0"),
        postgresql_where=sa.text("n = 0"),
    )
    op.drop_table("rollup")
    op.drop_index("case_rollup_process", table_name="case_rollup")
    op.drop_table("case_rollup")
    for statement in undoing(op.get_bind().dialect.name):
        op.execute(statement)
    op.drop_table("held_case")
    op.drop_table("standstill")
    op.drop_table("unprocessed")
    op.drop_table("outcome")
    op.drop_table("api_key")
    op.drop_table("unchecked")
    op.drop_table("told")
    op.drop_table("team")
    op.drop_table("shadow_waiting")
    op.drop_index("shadow_comparison_verdict", table_name="shadow_comparison")
    op.drop_table("shadow_comparison")
    op.drop_table("shadow")
    op.drop_table("reach")
    op.drop_index("process_exception_worth", table_name="process_exception")
    op.drop_index(
        "process_exception_searched",
        table_name="process_exception",
        sqlite_where=sa.text("stake IS NOT NULL"),
        postgresql_where=sa.text("false"),
    )
    op.drop_index(
        "process_exception_standing",
        table_name="process_exception",
        sqlite_where=sa.text("stake IS NOT NULL"),
        postgresql_where=sa.text("false"),
    )
    op.drop_index("process_exception_resolved", table_name="process_exception")
    op.drop_index("process_exception_opened", table_name="process_exception")
    op.drop_index("process_exception_engagement", table_name="process_exception")
    op.drop_index("process_exception_state", table_name="process_exception")
    op.drop_index("process_exception_process", table_name="process_exception")
    op.drop_index("process_exception_incident", table_name="process_exception")
    op.drop_index(op.f("ix_process_exception_instance"), table_name="process_exception")
    op.drop_index(op.f("ix_process_exception_escalate_at"), table_name="process_exception")
    op.drop_table("process_exception")
    op.drop_index("outbox_group", table_name="outbox")
    op.drop_index("outbox_due", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ledger_actor", table_name="ledger")
    op.drop_index("ledger_action", table_name="ledger")
    op.drop_index("ledger_subject", table_name="ledger")
    op.drop_table("ledger")
    op.drop_table("exception_history")
    op.drop_table("planned")
    op.drop_index("document_state", table_name="document")
    op.drop_table("document")
    op.drop_table("delivery")
    op.drop_index(
        "decision_of_worker",
        table_name="decision",
        sqlite_where=sa.text("asked_by IS NULL"),
        postgresql_where=sa.text("asked_by IS NULL"),
    )
    op.drop_index("decision_instance", table_name="decision")
    op.drop_table("decision")
    op.drop_table("contract_version")
    op.drop_index(op.f("ix_contract_owner"), table_name="contract")
    op.drop_table("contract")
    op.drop_table("consumer")
    op.drop_table("variant")
    op.drop_index("uncorrelated_key", table_name="uncorrelated")
    op.drop_table("uncorrelated")
    op.drop_table("turn")
    op.drop_table("reconsideration")
    op.drop_table("progress")
    op.drop_index("instance_process_state", table_name="instance")
    op.drop_index("instance_process_variant", table_name="instance")
    op.drop_index("instance_process_started", table_name="instance")
    op.drop_index("instance_process_last", table_name="instance")
    op.drop_index("instance_process_id", table_name="instance")
    op.drop_index("instance_process_case", table_name="instance")
    op.drop_table("instance")
    op.drop_index("entity_link_to", table_name="entity_link")
    op.drop_table("entity_link")
    op.drop_index(op.f("ix_entity_event_offset"), table_name="entity_event")
    op.drop_table("entity_event")
    op.drop_table("entity")
    op.drop_index(op.f("ix_clock_instance"), table_name="clock")
    op.drop_index(
        "clock_unmet",
        table_name="clock",
        sqlite_where=sa.text("(target_at IS NULL OR target_at > due_at)"),
        postgresql_where=sa.text("(target_at IS NULL OR target_at > due_at)"),
    )
    op.drop_index("clock_process_sla", table_name="clock")
    op.drop_index(
        "clock_next",
        table_name="clock",
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.drop_table("passage")
    op.drop_table("foretold")
    op.drop_table("foretelling")
    op.drop_table("sighting")
    op.drop_table("silence")
    op.drop_index("correction_member_object", table_name="correction_member")
    op.drop_index("correction_member_instance", table_name="correction_member")
    op.drop_table("correction_member")
    op.drop_table("correction")
    op.drop_table("retraction")
    op.drop_index("alias_other", table_name="alias")
    op.drop_table("alias")
    op.drop_table("system_heard")
    op.drop_table("clock")
    op.drop_index("case_link_key", table_name="case_link")
    op.drop_table("case_link")
    op.drop_index(op.f("ix_case_key_instance"), table_name="case_key")
    op.drop_table("case_key")
    op.drop_index(op.f("ix_case_event_offset"), table_name="case_event")
    op.drop_index("case_event_process", table_name="case_event")
    op.drop_table("case_event")
    op.drop_index("case_entity_entity", table_name="case_entity")
    op.drop_table("case_entity")
    op.drop_table("batch")
    op.drop_table("backtest")
