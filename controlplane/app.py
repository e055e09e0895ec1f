"""The HTTP application: every route, who may call it, how large a request may be."""

from anyio import to_thread
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.types import ControllerRouterHandler

from controlplane.api import problem
from controlplane.api.amounts import write_out
from controlplane.api.head import HeadAnswering
from controlplane.api.known import require_sound
from controlplane.api.reference import openapi
from controlplane.api.routes import ROUTES
from controlplane.identity.authentication import Authentication
from controlplane.identity.keyring import Keyring
from controlplane.runtime import Runtime

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'",
    "cache-control": "no-store",
}


THREADS = 100  # a command waits in one until the worker answers; reads must still find theirs


def create_app(runtime: Runtime) -> Litestar:
    """Return the application that works with *runtime*."""
    return HeadAnswering(
        route_handlers=_routers(),
        dependencies={
            "runtime": Provide(_runtime, sync_to_thread=False),
        },
        state=state_of(runtime),
        middleware=[DefineMiddleware(Authentication)],
        before_request=require_sound,
        after_request=write_out,
        exception_handlers=problem.HANDLERS,
        response_headers=SECURITY_HEADERS,
        request_max_body_size=runtime.settings.max_body_bytes,
        openapi_config=openapi(),
        on_startup=[_make_room],
        logging_config=None,
        debug=False,
    )


def state_of(runtime: Runtime) -> State:
    """Return what an application knows when it works with *runtime*."""
    return State({"runtime": runtime, "keyring": Keyring(runtime.databases)})


async def _make_room() -> None:
    to_thread.current_default_thread_limiter().total_tokens = THREADS


def _routers() -> list[ControllerRouterHandler]:
    return [
        Router(path="/", route_handlers=handlers, opt={"role": role}) for handlers, role in ROUTES
    ]


def _runtime(state: State) -> Runtime:
    runtime: Runtime = state.runtime
    return runtime
