"""The tables of reconciliations: extracts as they were uploaded, runs, and what these found."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from observability.tables import STATE

reconciliation_extract = Table(
    "reconciliation_extract",
    STATE,
    Column("id", Text, primary_key=True),
    Column("reconciliation", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("digest", Text, nullable=False),  # SHA-256 of the bytes as they were sent
    Column("size", BigInteger, nullable=False),
    Column("watermark", BigInteger, nullable=False),
    Column("total", Text, nullable=False),  # JSON: its control totals
    Column("received_at", BigInteger, nullable=False),
    Column("received_by", Text, nullable=False),
)
Index(
    "reconciliation_extract_of",
    reconciliation_extract.c.reconciliation,
    reconciliation_extract.c.side,
    reconciliation_extract.c.part,
    reconciliation_extract.c.watermark,
)

reconciliation_piece = Table(  # the bytes of the newest extract of each part, deflated
    "reconciliation_piece",
    STATE,
    Column("extract", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
    Column("unfinished_since", BigInteger, index=True),  # while its extract has not come whole
)

reconciliation_run = Table(
    "reconciliation_run",
    STATE,
    Column("id", Text, primary_key=True),
    Column("reconciliation", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("trigger", Text, nullable=False),  # asked | schedule
    Column("asked_by", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("status", Text, nullable=False),  # running | done | failed
    Column("ended_at", BigInteger),
    Column("because", Text, nullable=False),
    Column("verdict", Text),  # reconciled | breaks | not_checked
    Column("inputs", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("breaks_of", Text),
    Column("broken", Integer, nullable=False),
    Column("on_the_way", Integer, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("closed", Integer, nullable=False),
    Column("money", Text, nullable=False),  # JSON
    Column("finding", Text),  # JSON, without the breaks
)
Index(
    "reconciliation_run_of",
    reconciliation_run.c.reconciliation,
    reconciliation_run.c.asked_at,
    reconciliation_run.c.id,
)
Index("reconciliation_run_status", reconciliation_run.c.status)

reconciliation_break = Table(
    "reconciliation_break",
    STATE,
    Column("run", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),  # missing | value | duplicate | timing
    Column("side", Text, nullable=False),
    Column("broken", Text, nullable=False),  # JSON
    Column("exception", Text),
)
