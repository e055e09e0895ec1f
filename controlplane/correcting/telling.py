"""What a correction changed, in the words of whoever answers for the figures."""

from collections.abc import Iterable, Iterator, Sequence

from controlplane.correcting.correction import Correction, Member
from governance.exception.at_risk import AtRisk
from rules.money import Money

_FIGURES = {"blocked": "at risk", "exposure": "exposed"}
_PAIRS = (
    ("breach-withdrawn", "breach", "breaches", "withdrawn"),
    ("breach-added", "breach", "breaches", "added"),
    ("exception-ended", "exception", "exceptions", "ended"),
    ("exception-opened", "exception", "exceptions", "opened"),
)


def sentence(one: Correction) -> str:
    """Return e.g. `12 breaches withdrawn, 3 added; EUR 40,000.00 less at risk`."""
    counts = (
        one.breaches_withdrawn,
        one.breaches_added,
        one.exceptions_ended,
        one.exceptions_opened,
    )
    return _joined(counts, one.money)


def of_case(one: Correction, members: Sequence[Member]) -> str:
    """
    Return the same of what the correction *one* changed of one case: with its money, where it
    judged no other anew.
    """
    if one.cases == 1:
        return sentence(one)
    counts = [sum(one.change == pair[0] for one in members) for pair in _PAIRS]
    return _joined(counts, AtRisk())


def _joined(counts: Sequence[int], money: AtRisk) -> str:
    parts = [*_counted(counts)]
    said = [", ".join(parts)] if parts else []
    moved = [one for name, word in _FIGURES.items() for one in _moved(getattr(money, name), word)]
    return "; ".join([*said, *moved]) or "nothing changed"


def _counted(counts: Iterable[int]) -> Iterator[str]:
    """Yield each count that is not nought; what was named just before is not named again."""
    before = ""
    for number, (_, one, several, done) in zip(counts, _PAIRS, strict=True):
        if number:
            noun = one if number == 1 else several
            yield f"{number:,} {done}" if before == one else f"{number:,} {noun} {done}"
            before = one


def _moved(sums: Iterable[Money], word: str) -> Iterator[str]:
    for one in sums:
        more = one.amount > 0
        size = Money(amount=abs(one.amount), currency=one.currency)
        yield f"{size} {'more' if more else 'less'} {word}"
