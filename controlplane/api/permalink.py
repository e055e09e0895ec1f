"""
The address in every message: it checks rights, then leads to the exception in the app.

Who may not look is told so before anything else, and learns nothing of the exception.
"""

from urllib.parse import quote

from litestar import get
from litestar.params import FromPath
from litestar.response import Redirect

from controlplane.api.problem import not_found
from controlplane.api.wiring import Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from governance.exception.stores import get_exceptions


@get(
    "/x/{exception:str}",
    operation_id="open_exception",
    tags=["Alerts"],
    sync_to_thread=True,
    role=Role.VIEWER,
)
def open_exception(runtime: Wired, exception: FromPath[str]) -> Redirect:
    """Open the exception in the app."""
    with reading(runtime.databases.state) as connection:
        known = get_exceptions(connection, [exception])
    if not known:
        raise not_found("exception", exception)
    target = f"{runtime.settings.app_url}/exceptions?exception={quote(exception, safe='')}"
    return Redirect(target, status_code=302)


HANDLERS = [open_exception]
