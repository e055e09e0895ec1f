"""Corrections, and what each of them changed; one that is long grows piece by piece."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from controlplane.tables import PROGRAM

correction = Table(
    "correction",
    PROGRAM,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),  # evidence | retraction | alias | definition
    Column("subject", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),  # NULL: pieces of it are still to come
    Column("cases", BigInteger, nullable=False),
    Column("members", BigInteger, nullable=False),
    Column("breaches_withdrawn", BigInteger, nullable=False),
    Column("breaches_added", BigInteger, nullable=False),
    Column("exceptions_ended", BigInteger, nullable=False),
    Column("exceptions_opened", BigInteger, nullable=False),
    Column("money", Text, nullable=False),  # JSON: by how much each figure at risk moved
)

correction_member = Table(
    "correction_member",
    PROGRAM,
    Column("correction", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("change", Text, nullable=False),  # breach-withdrawn | breach-added | exception-ended | …
    Column("process", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("case_key", Text, nullable=False),
    Column("name", Text, nullable=False),  # of the objective or the rule
    Column("object", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("exception", Text),
    Column("amount", Text),
    Column("currency", Text),
)
Index("correction_member_instance", correction_member.c.instance, correction_member.c.correction)
Index("correction_member_object", correction_member.c.correction, correction_member.c.object)
