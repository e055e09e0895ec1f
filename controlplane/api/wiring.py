"""What handlers are given, marked the way Litestar wants it marked."""

from typing import Any, TypeAlias

from litestar import Request
from litestar.di import NamedDependency

from controlplane.identity.role import Actor
from controlplane.runtime import Runtime

Wired: TypeAlias = NamedDependency[Runtime]
WebRequest: TypeAlias = Request[Actor, Any, Any]
