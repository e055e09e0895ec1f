"""Each of the twelve reconciliations finds each planted break, and nothing else."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from planted import KEYS, Books, by_events, by_extracts, held
from planting import told

from controlplane.pack.shipped import shipped_folder
from observability.reconciliation.document import Reconciliation, read_reconciliation

FOLDER = shipped_folder("professional-services") or Path()
TWELVE = [
    read_reconciliation(file.read_text())
    for file in sorted((FOLDER / "reconciliations").glob("*.yaml"))
]


def as_shipped(document: Reconciliation) -> Reconciliation:
    return document


def test_there_are_twelve():
    assert len(TWELVE) == 12


@pytest.mark.parametrize("document", TWELVE, ids=lambda one: one.reconciliation)
@pytest.mark.parametrize("told_by", [as_shipped, by_events, by_extracts])
def test_every_planted_break_is_found_and_nothing_else(
    document: Reconciliation,
    told_by: Callable[[Reconciliation], Reconciliation],
    tmp_path: Path,
):
    """Whether its sides are told by events, by uploaded extracts, or by some of each."""
    for seed in range(3):
        books = Books(told_by(document), seed)
        finding = held(books, tmp_path)
        assert Counter(told(finding)) == Counter(books.expected)
        assert all(
            count.matched >= KEYS
            for name, count in finding.counts.items()
            if name != document.book.side
        )
        assert {kind for kind, _, _ in books.expected} >= {"missing", "duplicate", "timing"}
