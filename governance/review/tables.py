"""The tables of review: what was asked for, signed, said, waived and promoted."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from governance.tables import GOVERNANCE

review = Table(
    "review",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("quorum", Integer, nullable=False),
    Column("reviewers", Text, nullable=False),  # JSON list of actors
    Column("comment", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", BigInteger, nullable=False),
)

approval = Table(
    "approval",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("steward", Text, primary_key=True),
    Column("comment", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

remark = Table(
    "remark",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("finding", Text, nullable=False),  # empty: of the version whole
    Column("text", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

waiver = Table(
    "waiver",
    GOVERNANCE,
    Column("id", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("findings", Text, nullable=False),  # JSON: id, rule, pointer and against of each
    Column("reason", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("granted_by", Text),
    Column("granted_at", BigInteger),
    Column("withdrawn_by", Text),
    Column("withdrawn_at", BigInteger),
)
Index("waiver_version", waiver.c.subject, waiver.c.version)

promotion = Table(
    "promotion",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("environment", Text, primary_key=True),
    Column("comment", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

version_use = Table(  # who was seen to send events of a version that is deprecated
    "version_use",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("last_at", BigInteger, nullable=False),
    Column("times", BigInteger, nullable=False),
)
