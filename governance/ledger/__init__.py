"""The append-only record of who did what; each entry seals the one before it."""

from governance.ledger.entry import GENESIS, Break, LedgerEntry, Sealed, seal

__all__ = ["GENESIS", "Break", "LedgerEntry", "Sealed", "seal"]
