"""`vigie journal verify`: whether every line still is what was written; `erase MAIL`: a person's words forgotten."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from vigie.main import start


def add(options: argparse.ArgumentParser) -> None:
    options.add_argument("act", choices=["verify", "erase"])
    options.add_argument("person", nargs="?", default="", metavar="MAIL", help="whose words are erased, with erase")
    options.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    start.django()
    from vigie.journal import actions
    from vigie.journal.models import Head
    from vigie.people.models import Organisation

    if options.act == "erase":
        return _erase(options.person)
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
            print(f"{name}: " + ("every line holds" if fault is None else f"line {fault.seq}: {fault.reason}"))
    return 1 if wrong else 0


def _erase(mail: str) -> int:
    """The words go, the lines stay in their place: the chain goes on holding."""
    from vigie.journal import actions
    from vigie.lib.times import LIVE
    from vigie.people.models import Organisation, User

    person = User.objects.filter(email=mail.lower()).first()
    if person is None:
        start.say(f"{mail or 'nobody'} is not known here")
        return 2
    for organisation in Organisation.objects.all():
        lines = actions.erase_person(organisation.pk, person.pk, at=LIVE.now())
        if lines:
            print(f"{organisation.slug}: the words of {lines} lines were erased")
    return 0
