"""Who talks on the simulated network, how often, and in which words. All names are invented."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from vigie.networks.record import Record

COMPANY = "Lactérie"
ZONE = ZoneInfo("Europe/Paris")
PER_HOUR = 9.0
HOURS = [
    0.15,
    0.1,
    0.07,
    0.05,
    0.05,
    0.1,
    0.35,
    0.8,
    1.2,
    1.3,
    1.2,
    1.2,
    1.4,
    1.3,
    1.1,
    1.1,
    1.2,
    1.5,
    1.9,
    2.1,
    2.0,
    1.7,
    1.1,
    0.5,
]
DAYS = [1.0, 1.0, 1.05, 1.0, 1.1, 0.9, 0.85]

FIRST = [
    "camille",
    "lea",
    "hugo",
    "manon",
    "nathan",
    "ines",
    "theo",
    "sarah",
    "louis",
    "jade",
    "karim",
    "yasmine",
    "paul",
    "clara",
    "mehdi",
    "julie",
    "antoine",
    "salome",
    "victor",
    "nadia",
    "gael",
    "oceane",
    "remi",
    "fanny",
    "bruno",
]
LAST = [
    "du33",
    "_lyon",
    "29",
    "bzh",
    "_mtp",
    "75011",
    "_ch",
    "officiel",
    "_gourmand",
    "44",
    "sud",
    "_maman",
    "x",
    "13",
    "_lille",
]
NEWSROOMS = [
    ("gazette_vallee", "La Gazette de la Vallée", 182_000),
    ("conso_alerte", "Conso Alerte", 96_000),
    ("lefil_ouest", "Le Fil Ouest", 64_000),
]

CALM = [
    (0, "Quelqu'un a testé le nouveau yaourt {p} de Lactérie ? Vous en pensez quoi"),
    (1, "Le yaourt {p} Lactérie c'est vraiment une tuerie, j'adore"),
    (1, "Merci @lacterie pour la réponse rapide du service client, problème réglé en {n} min"),
    (1, "Gros coup de cœur pour le dessert {p} de Lactérie, très bon et pas trop sucré"),
    (0, "Promo sur les yaourts Lactérie au {m} cette semaine, {n} pots pour 3 euros"),
    (0, "Recette du soir : tarte {p} avec le fromage blanc Lactérie"),
    (-1, "Encore une augmentation sur les yaourts Lactérie au {m}, ça devient n'importe quoi"),
    (-1, "Opercule impossible à ouvrir sur les pots Lactérie, c'est pénible à la fin"),
    (-1, "Déçue par le {p} Lactérie, trop sucré et plus petit qu'avant"),
    (0, "Lactérie recrute {n} personnes dans son usine de la vallée"),
    (0, "Visite de la ferme partenaire Lactérie avec les enfants aujourd'hui"),
    (1, "Bravo Lactérie pour les nouveaux pots en carton, enfin moins de plastique"),
    (-1, "Livraison {m} : la moitié des yaourts Lactérie étaient ouverts, pas terrible"),
    (0, "Petit déjeuner : granola et yaourt nature Lactérie"),
    (0, "Lactérie sponsor du trail de la vallée ce week-end, départ à {h} h"),
    (1, "Lactérie {p}, un goût d'enfance, parfait avec un café"),
    (0, "The {p} yogurt from Lactérie is back at {m}"),
    (1, "Really love the Lactérie {p} dessert, great with coffee"),
]
TROUBLE = [
    "Un morceau de plastique dans le yaourt {p} de ma fille !! @lacterie vous comptez faire quoi ? #LactériePlastique",
    "Pareil ici, du plastique dans un yaourt {p} Lactérie acheté au {m}. C'est dangereux pour les enfants",
    "Alerte parents : morceaux de plastique dans les yaourts Lactérie {p}, ne les donnez pas à vos enfants",
    "Lactérie qui ne répond pas alors que des enfants mangent du plastique, c'est honteux",
    "Mon fils s'est blessé à la bouche avec un morceau de plastique dans un yaourt Lactérie, je suis furieuse",
    "@lacterie un rappel de produit c'est pour quand ?? Du plastique dans les pots {p} #LactériePlastique",
    "Plus jamais Lactérie. Du plastique dans un yaourt pour enfant et aucune réponse du service client",
    "On a jeté tous nos yaourts Lactérie, morceau de plastique trouvé dans le {p} ce matin. Scandaleux",
    "Boycott Lactérie tant qu'ils n'expliquent pas d'où vient ce plastique #LactériePlastique",
    "Quelqu'un sait si les yaourts {p} Lactérie du {m} sont concernés par l'histoire du plastique ?",
    "Plastic found in a Lactérie {p} yogurt, and no answer from the company. Disgusting",
]
REPORT = (
    "Des consommateurs signalent des morceaux de plastique dans des yaourts Lactérie ; "
    "l'entreprise n'a pas encore réagi"
)
PRODUCTS = ["vanille", "fraise", "nature", "citron", "brebis", "caramel", "abricot", "framboise", "coco"]
SHOPS = ["supermarché du coin", "drive", "marché", "magasin bio", "Superval", "Maxiprix"]


class Moment(NamedTuple):
    """A second in which somebody speaks."""

    second: int
    trouble: bool


class Crowd:
    """Draws posts for any stretch of time."""

    def __init__(self, seed: int = 7, trouble_at: datetime | None = None) -> None:
        self.seed, self.trouble_at = seed, trouble_at

    def rate(self, at: datetime) -> float:
        """Everyday posts in an hour at this moment."""
        local = at.astimezone(ZONE)
        return PER_HOUR * HOURS[local.hour] * DAYS[local.weekday()]

    def trouble_rate(self, at: datetime) -> float:
        """Posts about the trouble in an hour: it doubles every forty seconds, up to two a second."""
        if self.trouble_at is None or at < self.trouble_at:
            return 0.0
        age = (at - self.trouble_at).total_seconds()
        fading = math.exp(-max(age - 1_800, 0) / 5_400)
        return float(min(600.0 * 2 ** (age / 40), 3_000.0) * fading)

    def between(self, since: datetime, until: datetime) -> list[Record]:
        """Posts of the seconds in (since, until], each second drawn by itself."""
        found = []
        first, last = int(since.timestamp()) + 1, int(until.timestamp())
        for second in range(first, last + 1):
            at = datetime.fromtimestamp(second, ZONE)
            dice = random.Random(self.seed * 1_000_003 + second)
            if dice.random() < self.rate(at) / 3600:
                found.append(self.everyday(second, dice))
            rate = self.trouble_rate(at) / 3600
            for n in range(int(rate) + (dice.random() < rate % 1)):
                found.append(self.complaint(second, n, dice))
        return found

    def everyday(self, second: int, dice: random.Random) -> Record:
        template = dice.choice(CALM)[1]
        return self._post(second, 0, template, dice)

    def complaint(self, second: int, n: int, dice: random.Random) -> Record:
        if dice.random() < 0.04:
            handle, name, audience = dice.choice(NEWSROOMS)
            made = self._post(second, n + 1, REPORT, dice)
            made.author_handle, made.author_name, made.author_id, made.audience = handle, name, handle, audience
            made.verified = True
            return made
        return self._post(second, n + 1, dice.choice(TROUBLE), dice)

    def _post(self, second: int, n: int, template: str, dice: random.Random) -> Record:
        text = template.format(
            p=dice.choice(PRODUCTS), m=dice.choice(SHOPS), n=dice.randint(3, 40), h=dice.randint(8, 20)
        )
        handle = dice.choice(FIRST) + dice.choice(LAST)
        at = datetime.fromtimestamp(second, ZONE) + timedelta(milliseconds=dice.randint(0, 900))
        identity = f"{second}-{n}"
        return Record(
            network="simulated",
            external_id=identity,
            text=text,
            published_at=at,
            url="",
            author_id=handle,
            author_handle=handle,
            author_name=handle.title(),
            audience=int(10 ** dice.uniform(1.2, 3.6)),
            likes=dice.randint(0, 12),
            shares=dice.randint(0, 3),
            replies=dice.randint(0, 4),
        )
