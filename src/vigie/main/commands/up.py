"""`vigie up [--demo]`: everything on one machine, two processes under one supervisor."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time

from vigie.main import restarts, start
from vigie.main.supervising import Supervisor


def add(options: argparse.ArgumentParser) -> None:
    options.add_argument("--demo", action="store_true", help="a fictional organisation with two weeks of history")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8000)


def run(options: argparse.Namespace) -> int:
    if options.demo and not os.environ.get("VIGIE_DATA_DIR"):
        # The demonstration never mixes with real work.
        from pathlib import Path

        share = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
        os.environ["VIGIE_DATA_DIR"] = str(share / "vigie-demo")
    if not free(options.host, options.port):
        start.say(f"port {options.port} is taken on {options.host}: choose another one with --port")
        return 2
    shown = "localhost" if options.host in ("127.0.0.1", "0.0.0.0", "::") else options.host  # noqa: S104  (compared, not bound)
    os.environ.setdefault("VIGIE_ADDRESS", f"http://{shown}:{options.port}")
    start.say("1/3 opening the database")
    start.django()
    if (other := already()) is not None:
        start.say(f"Vigie runs already: {other}. Stop it first, or name another directory in VIGIE_DATA_DIR")
        return 2
    from vigie.lib import charts
    from vigie.main import prepare

    prepare.translations()
    charts.bundle()
    if options.demo:
        start.say("2/3 making two weeks of fictional history")
        from vigie.main import demo

        user = demo.make(start.say)
    else:
        start.say("2/3 looking for who may sign in")
        from vigie.main import first

        user = first.user()
    link = first_link(user)
    start.say("3/3 starting: web, ingester")
    restarts.begin()
    supervisor = Supervisor(lambda name: child(name, options))
    wait_until_up(options.host, options.port)
    print(f"{os.environ['VIGIE_ADDRESS']}{link}", flush=True)
    start.say("open this address; the link signs you in once, within twelve hours. Ctrl-C stops Vigie.")
    return supervise(supervisor)


def already() -> str | None:
    """Who listens with this store already; None when nobody does."""
    from vigie.lib.alone import Alone, Taken

    alone = Alone()
    try:
        alone.take()
    except Taken as taken:
        return str(taken)
    alone.leave()
    return None


def first_link(user: object) -> str:
    from vigie.lib.times import LIVE
    from vigie.people.actions import sign_in_link

    return f"/start/{sign_in_link(user, at=LIVE.now())}"  # type: ignore[arg-type]


def free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def child(name: str, options: argparse.Namespace) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  (our own module)
        [sys.executable, "-m", "vigie.main.process", name, options.host, str(options.port)],
        stdout=sys.stderr,
        start_new_session=True,
    )


def wait_until_up(host: str, port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and free(host, port):
        time.sleep(0.1)


def supervise(supervisor: Supervisor) -> int:
    """Look after the processes until we are told to stop."""

    def stop(*_: object) -> None:
        supervisor.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not supervisor.stopping:
        # What dies at once must not be started again without a breath in between.
        time.sleep(1 if supervisor.look() else 0.3)
    return supervisor.stop()
