"""The demonstration: a fictional French company, two weeks of everyday talk, and trouble half a minute from now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from vigie.alerts.models import Duty
from vigie.intake.pipeline import IngestPipeline
from vigie.intake.sources import add_source
from vigie.lib.times import LIVE
from vigie.networks.simulated.crowd import COMPANY, Crowd
from vigie.people.actions import create_organisation, join
from vigie.people.models import Membership, Organisation, Role, User
from vigie.plans.roles import CrisisRole
from vigie.posts.models import Source
from vigie.stories.actions import refresh
from vigie.watches import actions
from vigie.watches.models import Watch

HISTORY = timedelta(days=14)
TROUBLE_AFTER = timedelta(seconds=30)
PEOPLE = [
    ("Nadia Ferrand", Role.LEAD),
    ("Loïc Perrin", Role.RESPONDER),
    ("Claire Aubry", Role.APPROVER),
    ("Marc Didier", Role.READER),
]


def make(say: Callable[[str], None]) -> User:
    """The demonstration's administrator; everything is made once, and the trouble begins again at each start."""
    now = LIVE.now()
    user = User.objects.filter(email="demo@vigie.localhost").first()
    if user is None:
        user = User.objects.create_user("demo@vigie.localhost", name="Alice Morel", language="fr")
        organisation = create_organisation(f"{COMPANY} (démonstration)", at=now - HISTORY, demo=True)
        join(organisation, user, Role.ADMINISTRATOR, at=now - HISTORY)
        for name, role in PEOPLE:
            email = name.lower().replace(" ", ".").replace("ï", "i") + "@vigie.localhost"
            join(organisation, User.objects.create_user(email, name=name), role, at=now - HISTORY)
        _chain(organisation, user)
        _watches(organisation, user)
        source = add_source(organisation, "simulated", "Réseau simulé", {"seed": 7}, by=user, at=now - HISTORY)
        _history(organisation, source, say)
    _trouble()
    return user


def _chain(organisation: Organisation, alice: User) -> None:
    """Who leads, who speaks; nobody has a channel, so that the demonstration writes to no one."""
    known = {m.user.name: m.user for m in Membership.objects.of(organisation).select_related("user")}
    nadia, loic, claire = known["Nadia Ferrand"], known["Loïc Perrin"], known["Claire Aubry"]
    seats = [
        (CrisisRole.DIRECTOR, alice, nadia),
        (CrisisRole.LEAD, nadia, loic),
        (CrisisRole.SPOKESPERSON, claire, None),
        (CrisisRole.PRESS, claire, None),
        (CrisisRole.COMMUNITY, loic, nadia),
    ]
    for position, (role, user, deputy) in enumerate(seats):
        Duty.objects.create(
            organisation=organisation, position=position, role=role, user=user, deputy_user=deputy, wait_minutes=10
        )


def _watches(organisation: Organisation, user: User) -> None:
    at = LIVE.now() - HISTORY
    common = {"sensitivity": "balanced", "cooldown_minutes": 360, "influential_from": 50_000}
    actions.create_watch(
        organisation,
        {
            "name": COMPANY,
            "kind": "company",
            "names": ["yaourts Lactérie", "Claire Aubry"],
            "handles": ["lacterie"],
            "query": "Lactérie OR @lacterie OR #LactériePlastique",
            **common,
        },
        by=user,
        at=at,
    )
    actions.create_watch(
        organisation,
        {
            "name": "Prix des produits laitiers",
            "kind": "product",
            "names": [],
            "handles": [],
            "query": "(yaourt* OR dessert) AND (prix OR augmentation OR euros OR promo)",
            **common,
        },
        by=user,
        at=at,
    )


def _history(organisation: Organisation, source: Source, say: Callable[[str], None]) -> None:
    now = LIVE.now()
    pipeline, crowd = IngestPipeline(organisation), Crowd()
    for day in range(HISTORY.days):
        began = now - HISTORY + timedelta(days=day)
        records = crowd.between(began, began + timedelta(days=1))
        for record in records:
            record.seen_at = record.observed_at = record.published_at
        pipeline.keep(pipeline.prepare(records, today=now), source=source.pk, origin=source.name)
        say(f"    day {day + 1} of {HISTORY.days}, {len(records)} posts")
    pipeline.forget_all()
    for watch in Watch.objects.of(organisation).select_related("entity", "organisation"):
        refresh(watch, now)
    Source.objects.of(organisation).filter(pk=source.pk).update(
        cursor={"at": now.isoformat()}, state=Source.State.UP, last_success_at=now, lag_seconds=1.0
    )


def _trouble() -> None:
    for source in Source.objects.across().filter(network="simulated", organisation__demo=True):
        source.settings = {**source.settings, "trouble_at": (LIVE.now() + TROUBLE_AFTER).isoformat()}
        source.save()
