"""
Two documents compared: what was found, and one of three verdicts.

What a checker could not judge is *not evaluated*: never compatible by silence.
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal

import msgspec

from governance.contract.finding import Finding

Verdict = Literal["compatible", "incompatible", "not_evaluated"]
Policy = Literal["strict", "lenient"]
Direction = Literal["backward", "forward"]
"""`backward`: who is on the newer version copes with the older; `forward`: the reverse."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a comparison is made under; `on` is the day for what a format dates, as a sunset.

    `forward`: the pair is turned round, and the older document is who reads.
    """

    on: date
    policy: Policy = "strict"
    forward: bool = False


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    verdict: Verdict
    findings: tuple[Finding, ...] = ()


def concluded(findings: Iterable[Finding]) -> Comparison:
    """Return *findings*, worst first, under the verdict that the worst of them gives."""
    ranked = sorted(findings, key=lambda finding: _RANK.get(finding.level, len(_RANK)))
    worst = ranked[0].level if ranked else ""
    return Comparison(verdict=_VERDICTS.get(worst, "compatible"), findings=tuple(ranked))


_RANK = {"error": 0, "breaking": 1, "not_evaluated": 2, "warning": 3, "info": 4}
_VERDICTS: dict[str, Verdict] = {
    "error": "not_evaluated",
    "breaking": "incompatible",
    "not_evaluated": "not_evaluated",
}
