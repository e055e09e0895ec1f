"""Each of the twelve reconciliations finds each planted break, and nothing else."""

from collections import Counter
from pathlib import Path

import pytest
from planted import KEYS, Books, held
from planting import told

from controlplane.pack.shipped import shipped_folder
from observability.reconciliation.document import Reconciliation, read_reconciliation

FOLDER = shipped_folder("professional-services") or Path()
TWELVE = [
    read_reconciliation(file.read_text())
    for file in sorted((FOLDER / "reconciliations").glob("*.yaml"))
]


def test_there_are_twelve():
    assert len(TWELVE) == 12


@pytest.mark.parametrize("document", TWELVE, ids=lambda one: one.reconciliation)
def test_every_planted_break_is_found_and_nothing_else(document: Reconciliation, tmp_path: Path):
    for seed in range(5):
        books = Books(document, seed)
        finding = held(books, tmp_path)
        assert Counter(told(finding)) == Counter(books.expected)
        assert all(
            count.matched >= KEYS
            for name, count in finding.counts.items()
            if name != document.book.side
        )
        assert {kind for kind, _, _ in books.expected} >= {"missing", "duplicate", "timing"}
