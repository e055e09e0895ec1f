"""One service before and after: its RPCs, what they take and return, and how."""

from collections.abc import Iterator

from governance.compatibility.protobuf.change import Change
from governance.contract.protobuf.schema import MethodInfo, ServiceInfo

_UNKNOWN = "IDEMPOTENCY_UNKNOWN"


def compare_services(old: ServiceInfo, new: ServiceInfo) -> Iterator[Change]:
    for name, method in old.methods.items():
        if name in new.methods:
            yield from _method(method, new.methods[name])
        else:
            yield Change(
                rule="RPC_NO_DELETE",
                about=method.full_name,
                said=f"the RPC {method.full_name} is gone",
                path=new.file.name,
                line=new.node.line,
                package=new.file.package,
            )


def _method(old: MethodInfo, new: MethodInfo) -> Iterator[Change]:
    yield from _same("REQUEST_TYPE", "request", new, old.request, new.request)
    yield from _same("RESPONSE_TYPE", "response", new, old.response, new.response)
    client = _streamed(old.node.client_streaming), _streamed(new.node.client_streaming)
    yield from _same("CLIENT_STREAMING", "client's side", new, *client)
    server = _streamed(old.node.server_streaming), _streamed(new.node.server_streaming)
    yield from _same("SERVER_STREAMING", "server's side", new, *server)
    before, after = (one.node.says("idempotency_level", _UNKNOWN) for one in (old, new))
    option = new.node.option("idempotency_level")
    line = option.line if option else 0
    yield from _same("IDEMPOTENCY_LEVEL", "idempotency level", new, before, after, line)


def _streamed(streaming: bool) -> str:  # noqa: FBT001 - both sides are asked in the same words
    return "streaming" if streaming else "unary"


def _same(  # noqa: PLR0913, PLR0917 - a rule, what it is of, where, and both values
    rule: str, what: str, new: MethodInfo, before: str, after: str, line: int = 0
) -> Iterator[Change]:
    if before != after:
        yield Change(
            rule=f"RPC_SAME_{rule}",
            about=new.full_name,
            said=f"the RPC {new.full_name}: the {what} went from {before} to {after}",
            path=new.file.name,
            line=line or new.node.line,
            package=new.file.package,
            before=before,
            after=after,
        )
