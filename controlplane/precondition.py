"""
Whoever edits a document names what they have read; who comes second is told.

The entity tag is compared where the edit is applied, one after the other.
"""

from typing import Any

from rules.refusal import Refusal


def etag(*parts: object) -> str:
    """Return a strong entity tag of *parts*."""
    return '"' + "-".join(str(part) for part in parts) + '"'


def unmatched(body: dict[str, Any], current: str | None) -> Refusal | None:
    """
    Return why the edit in *body* does not fit the entity tag *current*; None when it does.

    `if_match` lists the tags that the editor accepts, `*` any; `if_none_match` wants none.
    """
    wanted = body.get("if_match")
    if wanted is not None and (current is None or not {"*", current} & set(wanted)):
        return _failed(f"The document stands at {current or 'nothing'}; read it again, then edit.")
    if body.get("if_none_match") and current is not None:
        return _failed("The document exists already.")
    return None


def _failed(detail: str) -> Refusal:
    return Refusal(
        type="precondition-failed",
        status=412,
        title="The document is not what was expected",
        detail=detail,
    )
