"""`vigie person show|export|erase WHO`: what is kept of somebody, who may ask to see it and to have it forgotten."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from typing import Any

from vigie.main import start


def add(options: argparse.ArgumentParser) -> None:
    options.add_argument("act", choices=["show", "export", "erase"])
    options.add_argument("who", help="a mail address, or an author of posts as network:handle")


def run(options: argparse.Namespace) -> int:
    start.django()
    return do(options.act, options.who)


def do(act: str, who: str) -> int:
    """Show, export or erase what is kept of somebody, in every organisation."""
    from vigie.people.models import Organisation
    from vigie.rooms import persons

    try:
        person = persons.found(who)
    except persons.UnknownPerson as error:
        return _unknown(str(error))
    every = list(Organisation.objects.order_by("slug"))
    return {"show": _show, "export": _export, "erase": _erase}[act](person, every)


def _show(person: Any, organisations: list[Any]) -> int:
    """How many rows of each kind."""
    from vigie.rooms import persons

    for organisation in organisations:
        counted = Counter(row["kind"] for row in persons.kept(organisation, person))
        print(f"{organisation.slug}: {_counted(counted) or 'nothing is kept'}")
    return 0


def _export(person: Any, organisations: list[Any]) -> int:
    """One JSON object a row."""
    from vigie.rooms import persons

    for organisation in organisations:
        for row in persons.kept(organisation, person):
            print(json.dumps({"organisation": organisation.slug, **row}, ensure_ascii=False, default=str))
    return 0


def _erase(person: Any, organisations: list[Any]) -> int:
    """Words and names go; lines stay in their places, and posts among those counted."""
    from vigie.rooms import persons

    gone: Counter[str] = Counter()
    for organisation in organisations:
        counted = persons.forget(organisation, person, at=organisation.clock.now())
        gone += counted
        if counted:
            print(f"{organisation.slug}: the words of {_counted(counted)} were erased")
    if not gone and person.user is None:
        return _unknown(f"nothing is kept of {person.known_as}")
    if persons.close_account(person):
        print("the account was closed; its address is free again")
    elif person.user:
        print("the account stays: it still belongs to an organisation")
    return 0


def _counted(counted: Counter[str]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in sorted(counted.items()))


def _unknown(why: str) -> int:
    start.say(why)
    return 2
