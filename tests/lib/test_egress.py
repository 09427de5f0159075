"""Vigie connects to public addresses only, whichever library tries."""

from __future__ import annotations

import subprocess
import sys

import pytest

from vigie.lib.egress import Refused, Rule, is_public, parse_allowlist

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "0.0.0.0",
    "100.64.0.1",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_in_any_disguise_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(Refused, match="VIGIE_ALLOW_HOSTS"):
        Rule().check(address, 443)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_a_public_address_is_allowed(address: str) -> None:
    Rule().check(address, 443)


def test_a_name_that_a_library_left_to_the_system_is_refused() -> None:
    with pytest.raises(Refused):
        Rule().check("innocent.example", 80)


def test_the_operator_allows_one_port_of_one_host() -> None:
    rule = Rule(parse_allowlist("localhost:2583, 10.0.0.5"))
    rule.check("127.0.0.1", 2583)
    rule.check("10.0.0.5", 9999)
    with pytest.raises(Refused):
        rule.check("127.0.0.1", 2584)


LIBRARIES = {
    "socket": "import socket; socket.create_connection(('127.0.0.1', 9), 1)",
    "a name": "import socket; socket.create_connection(('localhost', 9), 1)",
    "urllib": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
    "httpx": "import httpx; httpx.get('http://127.0.0.1:9/')",
    "smtplib": "import smtplib; smtplib.SMTP('127.0.0.1', 9)",
    "asyncio": "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', 9))",
    "websockets": "from websockets.sync.client import connect; connect('ws://127.0.0.1:9')",
    "apprise": "import apprise, logging; a = apprise.Apprise(); a.add('json://127.0.0.1:9'); assert not a.notify('x'); raise SystemExit(7)",
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_no_library_escapes_the_rule(library: str) -> None:
    body = LIBRARIES[library].replace("; ", "\n    ")
    script = (
        "from vigie.lib import egress\negress.enforce(egress.Rule())\ntry:\n    "
        + body
        + "\nexcept Exception as e:\n    raise SystemExit(7 if 'not a public address' in repr(e) + repr(e.__cause__) + repr(e.__context__) else 1)"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True).returncode == 7
