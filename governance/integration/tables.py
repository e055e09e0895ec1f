"""What was said of the code behind a flow; instants are microseconds, days are ISO text."""

from sqlalchemy import BigInteger, Boolean, Column, Table, Text

from governance.tables import GOVERNANCE

integration = Table(
    "integration",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("consumer", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("supported", Boolean, nullable=False),
    Column("support_ends", Text),
    Column("owner", Text, nullable=False),
    Column("criticality", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("declared_at", BigInteger, nullable=False),
    Column("declared_by", Text, nullable=False),
)
