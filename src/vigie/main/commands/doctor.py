"""`vigie doctor`: what is wrong, and what to do."""

from __future__ import annotations

import argparse
import json
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

from vigie.main import start


@dataclass
class Finding:
    """One thing looked at: whether it is well, what was seen, what to do."""

    what: str
    ok: bool
    seen: str
    do: str = ""


def add(options: argparse.ArgumentParser) -> None:
    options.add_argument("--recount", action="store_true", help="compare all counts with what is stored")
    options.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    start.django(tables=False)
    looks: list[Callable[[], Iterator[Finding]]] = [disk, modes, database, clock, mail, sources, journal]
    if options.recount:
        looks.append(recount)
    wrong = 0
    for look in looks:
        for found in look():
            wrong += not found.ok
            if options.json:
                print(json.dumps(asdict(found), ensure_ascii=False))
            else:
                print(
                    f"{'ok ' if found.ok else 'BAD'}  {found.what}: {found.seen}"
                    + (f"\n     -> {found.do}" if found.do else "")
                )
    return 1 if wrong else 0


def disk() -> Iterator[Finding]:
    from django.conf import settings

    left = shutil.disk_usage(settings.DATA_DIR).free
    yield Finding(
        "disk",
        left > 1 << 30,
        f"{left / 1e9:.1f} GB free at {settings.DATA_DIR}",
        "" if left > 1 << 30 else "make room: below 1 GB Vigie may stop taking posts in",
    )


def modes() -> Iterator[Finding]:
    """Posts, mails and keys lie in the data directory: nobody else on this machine reads it."""
    from django.conf import settings

    mode = stat.S_IMODE(settings.DATA_DIR.stat().st_mode)
    alone = not mode & 0o077
    yield Finding("modes", alone, f"{settings.DATA_DIR} is {mode:o}", "" if alone else f"chmod 700 {settings.DATA_DIR}")


def database() -> Iterator[Finding]:
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if waiting:
            start.migrate()
        yield Finding("database", True, f"{connection.vendor}, {'brought up to date' if waiting else 'up to date'}")
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA quick_check(1)")
                said = cursor.fetchone()[0]
            yield Finding("database file", said == "ok", said, "" if said == "ok" else "restore the last backup")
    except OperationalError as error:
        yield Finding("database", False, str(error).strip(), "start the database server, or correct VIGIE_DATABASE_URL")


def clock() -> Iterator[Finding]:
    from vigie.lib.times import LIVE, iso
    from vigie.posts.models import Post

    now = LIVE.now()
    newest = Post.objects.across().order_by("-pk").first()
    ahead = newest.seen_at - now if newest else timedelta()
    yield Finding(
        "clock",
        ahead < timedelta(minutes=2),
        iso(now),
        ""
        if ahead < timedelta(minutes=2)
        else "the clock went back: set it right (ntp), times shown are wrong until then",
    )


def mail() -> Iterator[Finding]:
    import apprise
    from django.conf import settings

    if not settings.MAIL_URL:
        yield Finding(
            "mail",
            True,
            "no mail server is set",
            "set VIGIE_MAIL_URL to send mail; until then links are copied by hand",
        )
    else:
        fine = bool(apprise.Apprise().add(settings.MAIL_URL))
        yield Finding(
            "mail",
            fine,
            "set",
            "" if fine else "VIGIE_MAIL_URL is not understood; for example mailtos://user:password@example.org",
        )


def sources() -> Iterator[Finding]:
    from vigie.posts.models import Source

    for source in Source.objects.across().exclude(state=Source.State.PAUSED):
        down = source.state == Source.State.DOWN
        yield Finding(
            f"source {source.pk} {source.name}", not down, source.get_state_display(), source.error if down else ""
        )


def journal() -> Iterator[Finding]:
    from vigie.journal.actions import verify
    from vigie.people.models import Organisation

    for organisation in Organisation.objects.all():
        fault = verify(organisation.pk)
        yield Finding(
            f"journal of {organisation.slug}",
            fault is None,
            "every line holds" if fault is None else f"line {fault.seq}: {fault.reason}",
            "" if fault is None else "somebody changed the record: compare with a printed head or a backup",
        )


def recount() -> Iterator[Finding]:
    from vigie.intake.apply import recount as compare
    from vigie.people.models import Organisation

    for organisation in Organisation.objects.all():
        faults = compare(organisation)
        yield Finding(
            f"counts of {organisation.slug}",
            not faults,
            "no difference" if not faults else f"{len(faults)} differ, first {faults[0]}",
            "" if not faults else "please report this: counts and posts must agree",
        )
