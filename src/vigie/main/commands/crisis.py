"""`vigie crisis open|list|log`: what somebody on call needs at night, without a browser."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from vigie.main import start


def add(options: argparse.ArgumentParser) -> None:
    acts = options.add_subparsers(dest="act", required=True, metavar="open|list|log")
    opening = acts.add_parser("open", help="open a room and call the chain of command")
    opening.add_argument("name", help="what people will call it")
    opening.add_argument("--level", default="orange", choices=["yellow", "orange", "red"])
    opening.add_argument("--reason", required=True, help="why, in a sentence")
    opening.add_argument("--scenario", default="", help="a scenario of the library (complaint, leak, rumour…)")
    opening.add_argument("--alert", type=int, help="the number of the alert that it comes from")
    opening.add_argument("--by", default="", metavar="MAIL", help="the member who opens it")
    listing = acts.add_parser("list", help="crises, the newest first")
    listing.add_argument("--all", action="store_true", help="closed ones too")
    log = acts.add_parser("log", help="the main courante of a crisis")
    log.add_argument("number", type=int)
    log.add_argument("--follow", action="store_true", help="go on with lines to come")
    for part in (opening, listing, log):
        part.add_argument("--organisation", default="", metavar="SLUG", help="needed where there are several")
        part.add_argument("--json", action="store_true", help="one JSON object a line")


class Unknown(ValueError):
    """Something named on the command line that is not there; the text says what."""


def run(options: argparse.Namespace) -> int:
    start.django()
    try:
        organisation = organisation_named(options.organisation)
        return {"open": _open, "list": _list, "log": _log}[options.act](organisation, options)
    except Unknown as error:
        start.say(str(error))
        return 2


def organisation_named(slug: str) -> Any:
    """The organisation of this name, or the only one. Raises Unknown."""
    from vigie.people.models import Organisation

    found = list(Organisation.objects.filter(slug=slug) if slug else Organisation.objects.all()[:2])
    if len(found) != 1:
        known = ", ".join(Organisation.objects.values_list("slug", flat=True)[:20])
        raise Unknown(f"name one organisation with --organisation; known: {known or 'none yet'}")
    return found[0]


def _open(organisation: Any, options: argparse.Namespace) -> int:
    from vigie.alerts.models import Alert
    from vigie.lib.refusals import Refused
    from vigie.people.models import Membership
    from vigie.plans import library
    from vigie.rooms.opening import open_room

    alert = Alert.objects.of(organisation).filter(number=options.alert).select_related("watch").first()
    if options.alert and alert is None:
        raise Unknown(f"there is no alert {options.alert}")
    members = Membership.objects.of(organisation).select_related("user").exclude(role="guest")
    by = members.filter(user__email=options.by.lower()).first() if options.by else None
    if options.by and by is None:
        raise Unknown(f"{options.by} is no member of {organisation.slug}")
    scenario = library.scenario(organisation, options.scenario, "fr" if by is None else by.user.language)
    if options.scenario and scenario is None:
        raise Unknown(f"there is no scenario {options.scenario}; known: {', '.join(library.KEYS)}")
    now = organisation.clock.now()
    common: dict[str, Any] = {"by": by.user if by else None, "at": now, "alert": alert, "scenario": scenario}
    try:
        crisis = open_room(organisation, options.name, options.level, options.reason, **common)
    except Refused as error:
        raise Unknown(str(error)) from error
    _tell(crisis, options)
    return 0


def _list(organisation: Any, options: argparse.Namespace) -> int:
    from vigie.crises.models import Crisis

    found = Crisis.objects.of(organisation).select_related("organisation")
    for crisis in found if options.all else found.filter(state=Crisis.State.OPEN):
        _tell(crisis, options)
    return 0


def _tell(crisis: Any, options: argparse.Namespace) -> None:
    from django.conf import settings

    from vigie.crises import queries
    from vigie.lib.times import iso

    team = queries.team(crisis)
    path = f"/o/{crisis.organisation.slug}/crises/{crisis.number}/"
    told = {
        "number": crisis.number,
        "name": crisis.name,
        "level": crisis.level,
        "state": crisis.state,
        "opened_at": iso(crisis.opened_at),
        "next_update_at": iso(crisis.next_update_at) if crisis.next_update_at else None,
        "posture": crisis.posture,
        "team": [{"name": p.name, "role": p.role, "state": p.state} for p in team],
        "address": f"{settings.ADDRESS}{path}",
    }
    if options.json:
        print(json.dumps(told, ensure_ascii=False), flush=True)
        return
    print(f"{crisis.number}  {crisis.level}  {crisis.state}  {crisis.name}  {told['address']}", flush=True)
    for participant in team:
        print(f"   {participant.role:<13} {participant.name}: {participant.state}", flush=True)


def _log(organisation: Any, options: argparse.Namespace) -> int:
    from vigie.crises.models import Crisis

    crisis = Crisis.objects.of(organisation).select_related("organisation").filter(number=options.number).first()
    if crisis is None:
        raise Unknown(f"there is no crisis {options.number}")
    last = _print_lines(crisis, 0, options)
    while options.follow:
        time.sleep(1)
        last = _print_lines(crisis, last, options)
    return 0


def _print_lines(crisis: Any, after: int, options: argparse.Namespace) -> int:
    """Print lines after one, and return the last; whoever may read the database reads all of them."""
    from django.utils import timezone

    from vigie.crises import lines
    from vigie.crises.rules import EVERYTHING
    from vigie.lib.times import iso

    with timezone.override(crisis.organisation.tz):
        for line in lines.every(crisis, EVERYTHING, after=after):
            _print_line(line, iso(line.at), options)
            after = line.seq
    return after


def _print_line(line: Any, at: str, options: argparse.Namespace) -> None:
    from vigie.lib.text import clean

    if options.json:
        told = {"seq": line.seq, "at": at, "kind": line.kind, "who": line.who, "text": line.text}
        print(json.dumps(told | {"confidential": line.confidential}, ensure_ascii=False), flush=True)
    else:
        print(f"{line.seq:>6}  {at}  {clean(line.who) or 'Vigie'}: {clean(line.text)}", flush=True)
