"""A query parameter that the route does not know is refused, not passed over."""

import re
from functools import lru_cache
from typing import Any, cast

from litestar import Request
from litestar.handlers import BaseRouteHandler

from controlplane.api.problem import invalid, nearest, require_json

OURS = "/v1/"
PAGING = frozenset({"cursor", "limit"})
"""Known to whatever is read: a list that comes whole is one page."""
_IN_PATH = re.compile(r"\{(\w+)")


async def require_sound(request: Request[Any, Any, Any]) -> None:
    """Raise 415 for a body that is no JSON, 400 for a query parameter that is not known."""
    await require_json(request)
    if not request.scope["query_string"] or not request.url.path.startswith(OURS):
        return
    known = known_to(request.route_handler)
    for name in request.query_params:
        paging = request.method == "GET" and name in PAGING
        if name not in known and not paging:
            raise invalid(
                f"/{name}",
                f"{name!r} is no query parameter here. {nearest(name, known)}",
                status=400,
            )


@lru_cache(maxsize=1_000)
def known_to(handler: BaseRouteHandler) -> tuple[str, ...]:
    """Return the query parameters of *handler* and of what it depends on, by name."""
    in_path = {name for path in handler.paths for name in _IN_PATH.findall(path)}
    model = handler.create_kwargs_model(cast("Any", dict.fromkeys(in_path)))  # reads names alone
    return tuple(sorted(one.field_alias for one in model.expected_query_params))
