"""
What was turned away or met again at the door, and how long events waited behind it.

Instants are microseconds since the epoch, a day is whole days since then.
"""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from observability.tables import STATE

sighting = Table(
    "sighting",
    STATE,
    Column("what", Text, primary_key=True),  # repeated | limited
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("source", Text, primary_key=True),  # of events; the service of a span; "": not known
    Column("n", BigInteger, nullable=False),
)

passage = Table(  # a history: from an event's entry in the log to the commit of its effects
    "passage",
    STATE,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
    Column("took_us", BigInteger, nullable=False),  # of all of them together
)
