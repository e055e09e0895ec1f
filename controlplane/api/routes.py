"""Every resource, and the role that its routes ask for where they name none themselves."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from controlplane.api import contracts, events, health, quarantine, teams, traces
from controlplane.identity.role import Role

ROUTES: tuple[tuple[Sequence[HTTPRouteHandler], Role], ...] = (
    (health.HANDLERS, Role.VIEWER),
    (teams.HANDLERS, Role.ADMIN),
    (contracts.HANDLERS, Role.ADMIN),
    (events.HANDLERS, Role.CONTRIBUTOR),
    (traces.HANDLERS, Role.CONTRIBUTOR),
    (quarantine.HANDLERS, Role.OPERATOR),
)
