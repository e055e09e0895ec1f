"""
Where the program may connect to on somebody's word.

A host is resolved once and the connection goes to the address that was vetted: no name
can change its mind in between. Addresses that are not public are refused, in all their
disguises, unless the operator lists the very host and port.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import msgspec

_NAT64 = IPv6Network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFFFFFF
_LAST_PORT = 65_535
_METADATA = frozenset({IPv4Address("168.63.129.16"), IPv4Address("192.0.0.192")})
"""Clouds' own services at addresses that look public."""

Resolve = Callable[[str, int], Awaitable[list[str]]]


class EgressError(ConnectionError):
    """A connection that is not allowed."""


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host* in the order in which the system prefers them."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise EgressError(f"{host[:100]!r} is no host name") from error
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


class Egress(msgspec.Struct, frozen=True, kw_only=True):
    """`allowed` lists `host:port` that may be private, as the operator wrote them."""

    allowed: frozenset[str] = frozenset()
    resolve: Resolve = resolve

    async def vet(self, host: str, port: int) -> str:
        """Return the address to connect to; raise `EgressError`, or `OSError` when unknown."""
        if not 0 < port <= _LAST_PORT:
            raise EgressError(f"{port} is no port")
        addresses = await self.resolve(host, port)
        if not addresses:
            raise OSError(f"{host} has no address")
        if f"{host}:{port}" in self.allowed:
            return addresses[0]
        for address in addresses:
            if not is_public(address):
                raise EgressError(
                    f"{host}:{port} leads to {address}, which is not public; "
                    "the operator may allow it by host and port"
                )
        return addresses[0]


def is_public(address: str) -> bool:
    """Tell whether *address* is on the public internet, looking through IPv6 disguises."""
    return _is_public(ip_address(address))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return _is_public(inner)
        if address.is_site_local:
            return False
    elif address in _METADATA:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that *address* carries: mapped, 6to4, Teredo or NAT64."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & _LOW_32_BITS)
    return None
