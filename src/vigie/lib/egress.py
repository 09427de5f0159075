"""The one rule on outgoing connections: public addresses only, unless an operator named the host.

The rule sits under every library, on Python's own audit event for `connect`, so that a redirect, a second
name or a plug-in cannot walk round it. The check is made on the address that is really connected to.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterable
from typing import Any


class Refused(OSError):
    """A connection to an address that is not public and not on the allowlist."""


def parse_allowlist(text: str) -> list[tuple[str, int | None]]:
    """`host`, `host:port` or an address, separated by commas or spaces.

    >>> parse_allowlist("localhost:2583, 10.0.0.5")
    [('localhost', 2583), ('10.0.0.5', None)]
    """
    rules: list[tuple[str, int | None]] = []
    for word in text.replace(",", " ").split():
        host, colon, port = word.rpartition(":")
        if colon and port.isdigit() and (":" not in host or host.endswith("]")):
            rules.append((host.strip("[]").lower(), int(port)))
        else:
            rules.append((word.strip("[]").lower(), None))
    return rules


def is_public(address: str) -> bool:
    """Whether an IP address is one that the whole Internet can reach (mapped and tunnelled forms are unwrapped)."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            ip = inner
    if any(ip in network for network in _NEVER if network.version == ip.version):
        return False
    return ip.is_global and not ip.is_multicast


_NEVER = [
    ipaddress.ip_network(text)
    for text in ("::/96", "64:ff9b:1::/48", "fec0::/10", "192.0.0.0/24", "192.88.99.0/24", "255.255.255.255/32")
]
"""Ranges that some Python versions call global and that lead inside all the same."""


class Rule:
    """Decides on one connection. `allow` holds host names and addresses, with a port or for all ports."""

    def __init__(self, allow: Iterable[tuple[str, int | None]] = ()) -> None:
        self.allow = list(allow)

    def allowed(self, host: str, port: int) -> bool:
        """Whether the operator named this host; 0 asks for any port."""
        return any(
            number is None or port in (0, number) for name, number in self.allow if host in self._addresses(name)
        )

    @staticmethod
    def _addresses(name: str) -> set[str]:
        try:
            return {name, *(str(found[4][0]) for found in socket.getaddrinfo(name, None))}
        except OSError:
            return {name}

    def check(self, host: str, port: int) -> None:
        """Raise Refused when this address may not be connected to."""
        try:
            public = is_public(host)
        except ValueError:
            # A name, not an address: the library left resolving to the system, where we could not look.
            public = False
        if not public and not self.allowed(host.lower(), port):
            raise Refused(
                f"connection to {host}:{port} refused: it is not a public address. "
                f"If it is yours, add it to VIGIE_ALLOW_HOSTS."
            )


_rule: Rule | None = None


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event not in ("socket.connect", "socket.sendto", "socket.sendmsg") or _rule is None:
        return
    sock, address = args
    if address is None or (event != "socket.connect" and _asks_names(address)):
        return
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        _rule.check(str(address[0]), int(address[1]))


def _asks_names(address: Any) -> bool:
    """Whether a datagram goes to the name service, which is often on a private address and tells only addresses."""
    return bool(address[1] == 53)


_installed = False


def enforce(rule: Rule | None) -> None:
    """From now on every connection of this process obeys the rule (None: no rule, for tests only)."""
    global _rule, _installed
    _rule = rule
    if not _installed and rule is not None:
        sys.addaudithook(_hook)
        _installed = True
