"""A person's act on an exception: sent once, its outcome told when the screen is drawn."""

import hashlib
from collections.abc import Mapping

import msgspec

from ui.client import ApiError, write
from ui.components import notice
from ui.records import Incident, ProcessException

WAIVED = "waived"  # at once, where nobody else has to approve it


def once(exception: ProcessException, act: str, body: Mapping[str, object]) -> str:
    """Return the idempotency key of *act* on the exception as the reader sees it."""
    seen = [exception.id, act, len(exception.history), body]
    return hashlib.sha256(msgspec.json.encode(seen, order="sorted")).hexdigest()


def attempt(exception: ProcessException, act: str, done: str, **body: object) -> bool:
    """Do *act*, keep *done* or why not to be told; return whether it was done."""
    path = f"/v1/exceptions/{exception.id}/{act}"
    try:
        written = write(path, body, key=once(exception, act, body))
    except ApiError as error:
        notice.refuse(error)
        return False
    told = WAIVED if (act, written.state) == ("waive", WAIVED) else done
    notice.say(f"{exception.id}: {told}")
    return True


def attempt_all(incident: Incident, act: str, done: str, **body: object) -> bool:
    """Do *act* to all that stands of *incident*; return whether it was done."""
    seen = [incident.id, act, incident.exceptions, incident.waiting, incident.waivers_asked, body]
    key = hashlib.sha256(msgspec.json.encode(seen, order="sorted")).hexdigest()
    try:
        write(f"/v1/incidents/{incident.id}/{act}", body, key=key)
    except ApiError as error:
        notice.refuse(error)
        return False
    notice.say(f"{incident.title}: {done}")
    return True
