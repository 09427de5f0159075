"""The naive stack, fairly written: what a team would put together in a week from well-known parts.

json, lingua, VADER (French and English), datasketch, emoji, one regular expression for all watches, the ORM with
`bulk_create`, counts gathered a batch and written with one upsert. It stores the same facts; it detects nothing.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections import Counter
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import transaction

from vigie.lib import sql
from vigie.people.models import Organisation
from vigie.posts.models import Post
from vigie.watches.models import Mention, Watch

BATCH = 500
UPSERT = """INSERT INTO {table} (organisation_id, watch_id, network, start, repeats, mentions, own, negative, neutral,
positive, sensitive, influential, audience) VALUES (%s, %s, %s, %s, false, %s, 0, 0, 0, 0, 0, 0, 0)
ON CONFLICT (watch_id, start, network, repeats) DO UPDATE SET mentions = {table}.mentions + excluded.mentions"""
PARTS = ("lingua-language-detector", "vaderSentiment", "vaderSentiment-fr", "datasketch", "emoji", "Django")


def available() -> str:
    """What is missing to run it, empty when nothing is."""
    missing = []
    for name in ("lingua", "datasketch", "emoji", "vaderSentiment", "vaderSentiment_fr"):
        try:
            __import__(name)
        except ImportError:
            missing.append(name)
    return ", ".join(missing)


class Naive:
    """Takes a file in, one post after the other."""

    def __init__(self, organisation: Organisation) -> None:
        from datasketch import MinHash, MinHashLSH
        from lingua import Language, LanguageDetectorBuilder
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer as English
        from vaderSentiment_fr.vaderSentiment import SentimentIntensityAnalyzer as French

        self.organisation = organisation
        self.watches = {w.query: w for w in Watch.objects.of(organisation)}
        words = "|".join(re.escape(q) for q in sorted(self.watches, key=len, reverse=True))
        self.pattern = re.compile(rf"\b(?:{words})\b", re.I)
        spoken = (Language.FRENCH, Language.ENGLISH, Language.GERMAN, Language.SPANISH, Language.ITALIAN)
        self.language = LanguageDetectorBuilder.from_languages(*spoken).build()
        self.sentiment = {"fr": French(), "en": English()}
        self.minhash, self.lsh = MinHash, MinHashLSH(threshold=0.7, num_perm=32)

    def understand(self, text: str) -> tuple[str, float]:
        import emoji

        found = self.language.detect_language_of(text)
        lang = found.iso_code_639_1.name.lower() if found else "und"
        scorer = self.sentiment.get(lang, self.sentiment["en"])
        return lang, float(scorer.polarity_scores(emoji.demojize(text))["compound"])

    def story(self, identity: str, text: str) -> str:
        words = text.split()
        signature = self.minhash(num_perm=32)
        for pair in itertools.pairwise(words):
            signature.update(" ".join(pair).encode())
        alike = self.lsh.query(signature)
        self.lsh.insert(identity, signature)
        return alike[0] if alike else identity

    def post(self, line: bytes) -> tuple[Post, set[str], float]:
        status = json.loads(line)
        text = re.sub(r"<[^>]+>", "", status["content"])
        lang, tone = self.understand(text)
        self.story(status["uri"], text)
        account = status["account"]
        at = datetime.fromisoformat(status["created_at"])
        made = Post(
            organisation=self.organisation,
            network="naive",
            external_id=status["uri"],
            url=status["url"] or "",
            kind="post",
            author_id=account["id"],
            author_handle=account["acct"],
            author_name=account["display_name"],
            audience=account["followers_count"],
            verified=False,
            title="",
            text=text,
            lang=lang,
            published_at=at,
            seen_at=at,
            observed_at=at,
            sentiment=(tone > 0.05) - (tone < -0.05),
            negative=0.0,
            positive=0.0,
            unsure=False,
            emotions=b"",
            story=0,
        )
        return made, {q.lower() for q in self.pattern.findall(text)}, tone

    def keep(self, rows: list[tuple[Post, set[str], float]]) -> None:
        key = sql.uuid_value(self.organisation.pk)
        with transaction.atomic():
            Post.objects.across().bulk_create([post for post, _, _ in rows])
            mentions = [
                Mention(
                    organisation=self.organisation,
                    watch=self.watches[query],
                    post=post,
                    network="naive",
                    published_at=post.published_at,
                    lang=post.lang,
                    sentiment=post.sentiment,
                    audience=post.audience,
                    own=False,
                    sensitive=False,
                    influential=False,
                )
                for post, queries, _ in rows
                for query in queries
            ]
            Mention.objects.across().bulk_create(mentions)
            for table, seconds in (("trends_minutecount", 60), ("trends_hourcount", 3600)):
                sums = Counter((m.watch_id, int(m.published_at.timestamp()) // seconds) for m in mentions)
                counted = [(key, watch, "naive", start, n) for (watch, start), n in sums.items()]
                # Gathered a batch, and written with one upsert, as a fair engineer would.
                sql.many(UPSERT.format(table=table), counted)


def measure(path: Path, organisation: Organisation, count: int) -> dict[str, Any]:
    """Posts a second on the first `count` lines."""
    naive = Naive(organisation)
    naive.understand("warming up")
    done = 0
    begun = time.perf_counter()
    with path.open("rb") as file:
        lines = itertools.islice(file, count)
        while chunk := list(itertools.islice(lines, BATCH)):
            naive.keep([naive.post(line) for line in chunk])
            done += len(chunk)
    took = time.perf_counter() - begun
    return {
        "posts": done,
        "seconds": round(took, 2),
        "posts_per_s": round(done / took, 1),
        "versions": {name: version(name) for name in PARTS},
    }
