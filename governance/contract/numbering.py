"""
What a version's number promises, and whether its document keeps it (https://semver.org).

Whoever is hurt by a change is told so by the major number. Before 1.0.0 nothing is promised.
"""

from collections.abc import Iterable

from governance.contract.finding import Finding
from governance.version import SemanticVersion

RULE = "version-needs-major"


def advice(
    found: Iterable[Finding], number: SemanticVersion, before: SemanticVersion | None
) -> tuple[Finding, ...]:
    """Return the finding that *number* promises too much after *before*, where it does."""
    broken = sum(one.level == "breaking" for one in found)
    if not broken or before is None or before.major == 0 or number.major > before.major:
        return ()
    wanted = f"{before.major + 1}.0.0"
    changes = "1 breaking change says" if broken == 1 else f"{broken:,} breaking changes say"
    finding = Finding(
        id=f"{RULE}@{before}",
        rule=RULE,
        level="breaking",
        message=f"{number} promises that who uses {before} is not hurt, and {changes} "
        f"otherwise: call it {wanted}",
        before=str(before),
        after=wanted,
        against=str(before),
    )
    return (finding,)
