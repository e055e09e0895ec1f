"""
The address in every message: it leads to the exception in the app.

It says nothing of its own, not even whether the exception exists; the app asks for rights.
"""

from urllib.parse import quote

from litestar import get
from litestar.params import FromPath
from litestar.response import Redirect

from controlplane.api.wiring import Wired


@get("/x/{exception:str}", operation_id="open_exception", tags=["Alerts"], role=None)
async def open_exception(runtime: Wired, exception: FromPath[str]) -> Redirect:
    """Open the exception in the app."""
    target = f"{runtime.settings.app_url}/exceptions?exception={quote(exception, safe='')}"
    return Redirect(target, status_code=302)


HANDLERS = [open_exception]
