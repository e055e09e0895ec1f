"""
What was admitted, by contract, source and day.

Instants are microseconds since the epoch, a day is whole days since then.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from observability.tables import STATE

traffic = Table(
    "traffic",
    STATE,
    Column("subject", Text, primary_key=True),
    Column("version", Text, primary_key=True),  # "": held to no published contract
    Column("source", Text, primary_key=True),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("events", BigInteger, nullable=False),
    Column("traced", BigInteger, nullable=False),  # of which so many name their trace
    Column("last_at", BigInteger, nullable=False),
    Column("looked", BigInteger, nullable=False),  # of which the fields were looked at
    Column("shape", LargeBinary, nullable=False),
)
Index("traffic_day", traffic.c.day)
