"""Which media type a client sends and takes; the protocol has two of its own beside plain JSON."""

from controlplane.api.problem import ProblemError
from controlplane.api.wiring import WebRequest
from governance.schemaregistry.refusing import refusal

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
_WRITTEN = (MEDIA_TYPE, "application/vnd.schemaregistry+json", "application/json")
_READ = frozenset({*_WRITTEN, "application/octet-stream"})
_ANY = frozenset({"*/*", "application/*", ""})
_NOT_ACCEPTABLE, _UNSUPPORTED = 406, 415


def taken(accept: str) -> str | None:
    """Return the media type to answer in; None: *accept* names none that is written here."""
    ranked = sorted(map(_weighed, accept.lower().split(",")), key=lambda one: -one[1])
    for name, weight in ranked:
        if weight > 0 and name in _ANY:
            return MEDIA_TYPE
        if weight > 0 and name in _WRITTEN:
            return name
    return None


def _weighed(said: str) -> tuple[str, float]:
    name, *parameters = (part.strip() for part in said.split(";"))
    try:
        weight = next((float(one[2:]) for one in parameters if one.startswith("q=")), 1.0)
    except ValueError:
        weight = 0.0
    return name, weight


def negotiated(request: WebRequest, content: bytes) -> str:
    """Return the media type to answer in; raises 406 and 415."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content and sent and sent not in _READ:
        raise ProblemError(refusal(_UNSUPPORTED, "HTTP 415 Unsupported Media Type"))
    found = taken(request.headers.get("accept", ""))
    if found is None:
        raise ProblemError(refusal(_NOT_ACCEPTABLE, "HTTP 406 Not Acceptable"))
    return found
