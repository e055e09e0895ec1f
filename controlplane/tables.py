"""The program's own tables: answers to commands, entries that failed, API keys and backtests."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

PROGRAM = MetaData()

outcome = Table(  # what a command came to; also the memory behind Idempotency-Key
    "outcome",
    PROGRAM,
    Column("command", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # of what was asked: a key means one thing
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
)

unprocessed = Table(  # entries that the worker could not apply: kept in the log, named here
    "unprocessed",
    PROGRAM,
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("retries", Integer, nullable=False),
)

standstill = Table(  # at most one row: what the worker waits before, since most behind it fails
    "standstill",
    PROGRAM,
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("error", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
)

held_case = Table(  # a history: cases that rule processes died over
    "held_case",
    PROGRAM,
    Column("id", Text, primary_key=True),
    Column("process", Text, nullable=False),
    Column("instance", Text, nullable=False),  # empty: facts of no case, given to the gate
    Column("ruleset", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("facts_digest", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("reported", Integer, nullable=False),  # 1 once the log knows of it
)

api_key = Table(
    "api_key",
    PROGRAM,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),  # SHA-256 of a 256-bit secret
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("sources", Text, nullable=False),  # JSON: those it speaks for; empty means all
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
)

backtest = Table(  # rule sets and contracts tried on history: who asked, what was found
    "backtest",
    PROGRAM,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # rules | contract
    Column("about", Text, nullable=False),  # the rule set, or the subject
    Column("asked", Text, nullable=False),  # JSON
    Column("asked_by", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("status", Text, nullable=False),  # running | done | cancelled | failed
    Column("ended_at", BigInteger),
    Column("because", Text, nullable=False),  # why it failed
    Column("finding", Text),  # JSON
)

sign_off = Table(  # months as they were signed off: what was open then, never changed
    "sign_off",
    PROGRAM,
    Column("entity", Text, primary_key=True),
    Column("period", Text, primary_key=True),  # 2026-10
    Column("signed_at", BigInteger, nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("digest", Text, nullable=False),  # SHA-256 of the lines
    Column("lines", Text, nullable=False),  # JSON
    Column("reconciliations", Text, nullable=False),  # JSON
)
