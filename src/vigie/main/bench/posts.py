"""Posts to measure with: made from a seed, in French and English, in the shape of Mastodon's JSON lines."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from vigie.lib.text import fold, plain

FRENCH = """
bonjour merci encore panne réseau commande livraison colis retard service client magasin produit
prix cher promo honteux scandale super génial déçue content problème application facture
remboursement réponse téléphone attente conseiller agence ouverture fermeture train avion voyage
bagage hôtel repas qualité goût emballage enfant famille matin soir semaine mois année ville
quartier rue voisin travail équipe collègue patron grève salaire usine région mairie école hôpital
santé eau énergie voiture vélo route pluie soleil match film musique concert
""".split()
ENGLISH = """
hello thanks still outage network order delivery parcel late customer service store product price
expensive deal shame scandal great awesome disappointed happy problem app invoice refund answer
phone waiting agent branch open closed train flight trip luggage hotel meal quality taste package
child family morning evening week month year city street neighbour work team colleague boss strike
salary factory region school hospital health water energy car bike road rain sun match movie music
concert because never always really please anyone know what happened
""".split()


def brand(n: int) -> str:
    """A made-up name for the n-th watch."""
    syllables = ["ba", "ko", "ri", "ta", "lu", "me", "so", "vi", "na", "zo"]
    return "".join(syllables[int(d)] for d in f"{n:03d}") + "x"


def statuses(count: int, seed: int = 1) -> Iterator[bytes]:
    """JSON lines of distinct posts of about 22 words; each names 1.3 brands on average, over the last day."""
    dice = random.Random(seed)
    encode = msgspec.json.encode
    since, step = datetime.now(UTC) - timedelta(days=1), timedelta(days=1) / max(count, 1)
    for n in range(count):
        words = dice.choices(FRENCH if n % 2 else ENGLISH, k=dice.randint(16, 26))
        for _ in range(1 if dice.random() < 0.7 else 2):
            words[dice.randrange(len(words))] = brand(dice.randrange(1000))
        words.append(f"{n:x}")
        author = dice.randrange(200_000)
        yield (
            encode(
                {
                    "id": str(10**9 + n),
                    "created_at": (since + n * step).isoformat().replace("+00:00", "Z"),
                    "content": f"<p>{' '.join(words)}</p>",
                    "uri": f"https://social.example/s/{n}",
                    "url": f"https://social.example/@u{author}/{n}",
                    "language": "fr" if n % 2 else "en",
                    "visibility": "public",
                    "spoiler_text": "",
                    "in_reply_to_id": None,
                    "reblogs_count": n % 7,
                    "favourites_count": n % 11,
                    "replies_count": n % 3,
                    "account": {
                        "id": str(author),
                        "acct": f"u{author}",
                        "username": f"u{author}",
                        "display_name": f"User {author}",
                        "followers_count": author % 5000,
                    },
                }
            )
            + b"\n"
        )


def write(path: Path, count: int) -> None:
    with path.open("wb") as file:
        file.writelines(statuses(count))


_CONTENT = re.compile(rb'"content":\s*"((?:[^"\\]|\\.)*)"')


def queries(path: Path, watches: int, per_post: float = 1.3, sample: int = 20_000) -> list[str]:
    """Words of the file, so many and so frequent that a post holds `per_post` of them on average."""
    seen: Counter[str] = Counter()
    posts = 0
    with path.open("rb") as file:
        for line in file:
            if found := _CONTENT.search(line):
                text = msgspec.json.decode(b'"' + found.group(1) + b'"', type=str)
                seen.update({w for w in re.split(r"\W+", fold(plain(text))) if len(w) > 3})
                posts += 1
            if posts >= sample:
                break
    # From the rarest that recur up to the frequency that makes the sum right.
    wanted = per_post * posts / watches
    ranked = sorted((word for word, n in seen.items() if n > 1), key=lambda word: (abs(seen[word] - wanted), word))
    return ranked[:watches]
