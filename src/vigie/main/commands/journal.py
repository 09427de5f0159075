"""`vigie journal verify`: whether every line still is what was written; `note`: what was found out, when one is not;
`erase MAIL`: a person's words forgotten.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from vigie.main import start


def add(options: argparse.ArgumentParser) -> None:
    options.add_argument("act", choices=["verify", "erase", "note"])
    options.add_argument("person", nargs="?", default="", metavar="MAIL", help="whose words are erased, with erase")
    options.add_argument("--why", default="", help="with note: what was found out about a journal that does not hold")
    options.add_argument("--organisation", default="", metavar="SLUG", help="with note, where there are several")
    options.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    start.django()
    from vigie.journal import actions
    from vigie.journal.models import Head
    from vigie.people.models import Organisation

    if options.act == "erase":
        return _erase(options.person)
    if options.act == "note":
        return _note(options.organisation, options.why)
    wrong = 0
    known = {o.pk: o.slug for o in Organisation.objects.all()}
    for organisation_id in {*known, *Head.objects.values_list("organisation_id", flat=True)}:
        fault = actions.verify(organisation_id)
        wrong += fault is not None
        name = known.get(organisation_id, str(organisation_id))
        if options.json:
            told = {"organisation": name, "ok": fault is None} | (
                {} if fault is None else {**asdict(fault), "organisation_id": str(organisation_id)}
            )
            print(json.dumps(told))
        else:
            print(f"{name}: " + (_holds(organisation_id) if fault is None else f"line {fault.seq}: {fault.reason}"))
    return 1 if wrong else 0


def _holds(organisation_id: Any) -> str:
    from vigie.journal import actions

    said = actions.noted(organisation_id)
    if said is None:
        return "every line holds"
    return (
        f"every line from {said['seq']} on holds; before it, line {said['fault']} did not ({said['reason']}): "
        f"taken note of by {said['actor'] or 'the operator'}, {said['why']}"
    )


def _note(slug: str, why: str) -> int:
    from vigie.journal import actions
    from vigie.lib.refusals import Refused
    from vigie.main.commands.crisis import Unknown, organisation_named

    try:
        organisation = organisation_named(slug)
        seq = actions.take_note(organisation.pk, at=organisation.clock.now(), why=why, actor_name="vigie journal note")
    except (Refused, Unknown) as error:
        start.say(str(error))
        return 2
    print(f"{organisation.slug}: taken note of; every line from {seq} on is held to")
    return 0


def _erase(mail: str) -> int:
    """The words go, the lines stay in their place: the chain goes on holding."""
    from vigie.main.commands import person

    return person.do("erase", mail)
