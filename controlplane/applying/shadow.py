"""
What was compared in shadow is kept, unless it was compared with something else meanwhile.

Comparing is done beside the worker; here stands only what came of it.
"""

from typing import Any

import msgspec

from controlplane.applying.applying import Applying
from controlplane.pipeline.command import Outcome
from governance.document import GovernedDocument
from governance.document import stores as documents
from governance.shadow import stores as shadows
from governance.shadow.comparison import Compared, Shadow

COMPARED = "shadow:compared"


def compared(applying: Applying) -> Outcome:
    found = msgspec.convert(applying.command.body, Compared)
    fits = shadows.get_shadow(applying.state, found.shadow.ruleset) == found.shadow
    if fits:
        shadows.keep(applying.state, found)
    return Outcome(status=200, body={"kept": fits})


def follow(applying: Applying, ruleset: str) -> None:
    """Begin to compare anew where another version stands in shadow, or in force, than before."""
    versions = documents.list_versions(applying.state, "ruleset", ruleset)
    named = {one.state: one.version for one in versions}
    known = shadows.get_shadow(applying.state, ruleset)
    wanted = (named.get("shadow"), named.get("active"))
    if wanted[0] is None:
        shadows.end(applying.state, ruleset)
    elif known is None or (known.version, known.against) != wanted:
        one = Shadow(
            ruleset=ruleset, version=wanted[0], against=wanted[1], since=applying.command.at
        )
        shadows.begin(applying.state, one)


def seen_of(applying: Applying, document: GovernedDocument) -> dict[str, Any]:
    """Return, for the ledger, what was seen of the version of *document* in shadow."""
    known = shadows.get_shadow(applying.state, document.name)
    if known is None or known.version != document.version:
        return {}
    counted = shadows.counted(applying.state, document.name)
    return {"shadow": {"compared": counted.compared, **msgspec.to_builtins(counted)}}
