"""
What forecasts are told from, and how they came true: a history beside the state.

It is made from the state in pieces, and may be dropped: it is made anew. Instants are
microseconds since the epoch, a day is whole days since then, a week seven of them.
"""

from sqlalchemy import BigInteger, Column, Double, Integer, LargeBinary, Table, Text

from observability.tables import STATE

foretelling = Table(
    "foretelling",
    STATE,
    Column("process", Text, primary_key=True),
    Column("sla", Text, primary_key=True),
    Column("week", BigInteger, primary_key=True, autoincrement=False),  # -1: for running clocks
    Column("known_at", BigInteger, nullable=False),  # what came later was not known
    Column("settled", Integer, nullable=False),  # 1: all that was said of is decided
    Column("basis", Text, nullable=False),  # digest of the documents that it was made with
    Column("heard", Text, nullable=False),  # JSON: clocks that were met, late, cancelled
    Column("made_at", BigInteger, nullable=False),
    Column("took_us", BigInteger, nullable=False),
    Column("history", LargeBinary),  # of running clocks: those that they are likened to
)

foretold = Table(  # the forecasts of a day in a bin, and what came of them
    "foretold",
    STATE,
    Column("process", Text, primary_key=True),
    Column("sla", Text, primary_key=True),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("due_day", BigInteger, primary_key=True, autoincrement=False),
    Column("bin", Integer, primary_key=True, autoincrement=False),
    Column("forecasts", BigInteger, nullable=False),
    Column("said", Double, nullable=False),
    Column("square", Double, nullable=False),
    Column("base_square", Double, nullable=False),
    Column("broke", BigInteger, nullable=False),
)
