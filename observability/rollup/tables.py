"""
What cases come to, by measure: a row of each figure, and what each case contributes to it.

Instants are microseconds since the epoch, amounts are decimal text.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

from observability.tables import STATE

rollup = Table(  # what the cases of a process come to, by measure, day and what it is told of
    "rollup",
    STATE,
    Column("process", Text, primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("day", BigInteger, primary_key=True, autoincrement=False),  # -1: of all time
    Column("of", Text, primary_key=True),  # JSON list
    Column("bucket", Integer, primary_key=True, autoincrement=False),  # of a duration; 0: none
    Column("n", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index(
    "rollup_nothing",
    rollup.c.n,  # by any other column SQLite would read the table through
    sqlite_where=text("n = 0"),
    postgresql_where=text("n = 0"),
)
Index(
    "rollup_variant",
    rollup.c.process,
    rollup.c.n,
    rollup.c.of,
    sqlite_where=text("measure = 'variant'"),
    postgresql_where=text("measure = 'variant'"),
)

rollup_amount = Table(
    "rollup_amount",
    STATE,
    Column("process", Text, primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("of", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("total", Text, nullable=False),
    sqlite_with_rowid=False,
)

rollup_case = Table(  # the cases behind a figure, at the very instant
    "rollup_case",
    STATE,
    Column("process", Text, primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("of", Text, primary_key=True),
    Column("instance", Text, primary_key=True),
    Column("currency", Text, primary_key=True),  # "" without an amount
    Column("n", Integer, nullable=False),
    Column("total", Text, nullable=False),
    sqlite_with_rowid=False,
)

case_rollup = Table(  # what each case contributes, so that it can be taken back
    "case_rollup",
    STATE,
    Column("instance", Text, primary_key=True),
    Column("process", Text, nullable=False),
    Column("kept", LargeBinary, nullable=False),
)
Index("case_rollup_process", case_rollup.c.process, case_rollup.c.instance)
