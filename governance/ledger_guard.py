"""The database itself refuses to change or remove what the ledger says."""

SQLITE = (
    """
    CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """,
    """
    CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """,
)
SQLITE_DOWN = ("DROP TRIGGER ledger_no_update", "DROP TRIGGER ledger_no_delete")

POSTGRESQL = (
    """
    CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$
    """,
    """
    CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON ledger
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()
    """,
    """
    CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()
    """,
)
POSTGRESQL_DOWN = (
    "DROP TRIGGER ledger_no_truncate ON ledger",
    "DROP TRIGGER ledger_no_change ON ledger",
    "DROP FUNCTION ledger_is_append_only()",
)


def statements(dialect: str) -> tuple[str, ...]:
    """Return what creates the guard on *dialect*, `sqlite` or `postgresql`."""
    return POSTGRESQL if dialect == "postgresql" else SQLITE


def undoing(dialect: str) -> tuple[str, ...]:
    return POSTGRESQL_DOWN if dialect == "postgresql" else SQLITE_DOWN
