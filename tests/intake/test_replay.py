"""An export played in its own time rings as it would have rung, and knows nothing of what comes later."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from tests.conftest import NOON
from vigie.alerts import words
from vigie.intake.replay import Replay
from vigie.networks.record import Record
from vigie.people.models import Organisation
from vigie.watches.models import Watch


def stream(days: int = 6, burst_at: float = 5.5, size: int = 60) -> list[Record]:
    """Some days of everyday complaints and praise, and a burst about a fire."""
    dice = random.Random(5)
    found = []
    for _ in range(days * 40):
        at = NOON + timedelta(minutes=dice.uniform(0, days * 1440))
        text = dice.choice(
            [
                "acme, une question sur ma commande",
                "merci acme pour la livraison",
                "acme trop cher",
                "le magasin acme est ouvert",
            ]
        )
        found.append((at, text))
    for n in range(size):
        found.append(
            (
                NOON + timedelta(days=burst_at, minutes=n * 0.5),
                f"incendie à l'usine acme de Rennes, {n} fumée noire, c'est grave",
            )
        )
    found.sort()
    return [
        Record(network="x", external_id=str(i), text=text, published_at=at, author_handle=f"p{i % 40}", audience=100)
        for i, (at, text) in enumerate(found)
    ]


def played(records: list[Record]) -> list[dict[str, object]]:
    replay = Replay("acme")
    ready = replay.ready(iter([Record(**{f: getattr(r, f) for f in r.__struct_fields__}) for r in records]), None, None)
    return [{**words.as_json(a), "number": None} for a in replay.play(ready)]


@pytest.mark.django_db
def test_a_burst_rings_with_its_reasons_themes_and_first_post() -> None:
    first, *_ = played(stream())
    began = NOON + timedelta(days=5.5)
    rung = datetime.fromisoformat(str(first["raised_at"]))
    assert began <= rung <= began + timedelta(minutes=10)
    assert str(first["raised_at"]).endswith("Z")
    assert first["level"] in ("yellow", "orange", "red")
    assert set(first["kinds"]) <= {"volume", "sentiment", "vocabulary", "audience"}  # type: ignore[call-overload]
    assert first["kinds"]
    assert any("incendie" in theme or "usine" in theme for theme in first["themes"])  # type: ignore[attr-defined]
    assert "incendie" in first["first_post"]["text"]  # type: ignore[index]
    assert first["mentions"] > first["expected"]  # type: ignore[operator]


@pytest.mark.django_db
@pytest.mark.parametrize("minutes", [-600, 1, 1.6, 3, 4.2, 7, 14, 40])
def test_cutting_the_file_leaves_the_alerts_before_the_cut_unchanged(minutes: float) -> None:
    records = stream()
    cut = NOON + timedelta(days=5.5, minutes=minutes)
    whole = played(records)
    before = [a for a in whole if datetime.fromisoformat(str(a["raised_at"])) <= cut]
    assert played([r for r in records if r.published_at <= cut]) == before


@pytest.mark.django_db
def test_one_voice_with_a_large_audience_rings_by_itself_once_where_such_voices_are_rare() -> None:
    loud = [
        Record(
            network="x",
            external_id=f"loud{i}",
            text="acme c'est honteux, quelle arnaque",
            author_handle="gazette",
            audience=800_000,
            published_at=NOON + timedelta(days=5, hours=1, minutes=i),
        )
        for i in range(3)
    ]
    [only] = played(stream(size=0) + loud)
    assert (only["kinds"], only["level"]) == (["audience"], "yellow")
    assert any("gazette" in reason for reason in only["reasons"])  # type: ignore[attr-defined]
    everyday = [
        Record(
            network="x",
            external_id=f"e{i}",
            text="merci acme",
            author_handle=f"star{i}",
            audience=900_000,
            published_at=NOON + timedelta(hours=5 * i),
        )
        for i in range(20)
    ]
    assert played(stream(size=0) + everyday + loud) == []


@pytest.mark.django_db
def test_two_posts_of_one_person_make_no_alert() -> None:
    calm = stream(size=0)
    noisy = [
        Record(
            network="x",
            external_id=f"n{i}",
            text="acme incendie",
            author_handle="same",
            published_at=NOON + timedelta(days=5, seconds=i),
        )
        for i in range(50)
    ]
    assert played(calm + noisy) == []


@pytest.mark.django_db
def test_rows_without_id_get_one_and_repeated_rows_count_once() -> None:
    record = {"network": "x", "external_id": "", "text": "acme", "published_at": NOON, "author_handle": "a"}
    replay = Replay("acme")
    assert len(replay.ready(iter([Record(**record), Record(**record)]), None, None)) == 1  # type: ignore[arg-type]


class Patient(Replay):
    """Rings for what has lasted twelve minutes."""

    def organisation(self) -> tuple[Organisation, Watch]:
        organisation, watch = super().organisation()
        Watch.objects.of(organisation).update(persistence_minutes=12)
        return organisation, watch


@pytest.mark.django_db
@pytest.mark.parametrize(("posts", "rings"), [(60, True), (12, False)])
def test_what_has_passed_before_the_time_asked_for_does_not_ring(posts: int, rings: bool) -> None:
    replay = Patient("acme")
    began = NOON + timedelta(days=5.5)
    rung = [a.raised_at for a in replay.play(replay.ready(iter(stream(size=posts)), None, None))]
    assert bool(rung) == rings
    if rung:
        assert rung[0] >= began + timedelta(minutes=12)


def small_talk(days: int) -> list[Record]:
    """Six posts a day by many people, about everyday things."""
    dice = random.Random(12)
    said = ["acme livraison rapide", "acme un peu cher", "bon accueil chez acme", "acme question sur ma facture"]
    return [
        Record(
            network="x",
            external_id=f"t{n}",
            text=f"{dice.choice(said)} {dice.choice(['lundi', 'hier', 'encore', 'vraiment', 'toujours'])}",
            author_handle=f"q{n % 60}",
            published_at=NOON + timedelta(days=dice.uniform(0, days)),
        )
        for n in range(days * 6)
    ]


LEAK = [
    "acme : mes données ont fuité",
    "une fuite de données chez acme ?",
    "acme confirme la fuite, changez vos mots de passe",
    "encore une fuite, merci acme",
    "fuite acme, je porte plainte",
    "la fuite acme touche aussi mes parents",
]


@pytest.mark.django_db
def test_a_new_subject_rings_at_a_handful_of_posts_and_is_named() -> None:
    began = NOON + timedelta(days=25)
    leak = [
        Record(
            network="x",
            external_id=f"l{n}",
            text=text,
            author_handle=f"victim{n}",
            published_at=began + timedelta(minutes=25 * n),
        )
        for n, text in enumerate(LEAK)
    ]
    rung = [a for a in played(small_talk(28) + leak) if str(a["raised_at"]) >= began.isoformat()[:19]]
    first = rung[0]
    assert datetime.fromisoformat(str(first["raised_at"])) <= began + timedelta(minutes=25 * len(LEAK))
    named = [a for a in rung if "subject" in a["kinds"]]  # type: ignore[operator]
    assert named
    assert "fuite" in str(named[0]["themes"][0])  # type: ignore[index]
    assert any("fuite" in reason for reason in named[0]["reasons"])  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_bad_release_rings_by_its_stars_without_more_reviews() -> None:
    dice, began = random.Random(3), NOON + timedelta(days=40)

    def review(n: int, day: float, rating: float) -> Record:
        at = NOON + timedelta(days=day)
        return Record(
            network="x", external_id=f"r{n}", text="acme appli", author_handle=f"r{n}", published_at=at, rating=rating
        )

    usual = [review(n, dice.uniform(0, 40), dice.choice([1.0, 1.0, 0.75, 0.75, 0.0])) for n in range(400)]
    bad = [review(1000 + n, 40 + n / 10, 0.0) for n in range(25)]
    rung = [a for a in played(usual + bad) if datetime.fromisoformat(str(a["raised_at"])) >= began]
    assert any({"tone", "sentiment"} & set(a["kinds"]) for a in rung)  # type: ignore[call-overload]
