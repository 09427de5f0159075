"""Objects and columns that come from nowhere in particular, read by the names that people usually give them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from . import values
from .record import Record

FIELDS = [
    "published_at",
    "time",
    "external_id",
    "text",
    "title",
    "url",
    "author_handle",
    "author_name",
    "author_id",
    "audience",
    "verified",
    "lang",
    "network",
    "kind",
    "parent_id",
    "replies",
    "shares",
    "likes",
    "rating",
    "own",
]
"""What a column can be mapped to; `time` completes a date without hours."""

GENERIC: dict[str, list[str]] = {
    "published_at": [
        "published_at",
        "created_at",
        "created",
        "timestamp_utc",
        "timestamp",
        "published",
        "publish_date",
        "datetime",
        "date_time",
        "date",
        "tweet_created",
        "created_utc",
        "posted_at",
        "time_utc",
        "date published",
        "inbound message date",
        "date de publication",
        "publié le",
        "published_date",
        "createdat",
        "heure_utc0",
    ],
    "time": ["time", "heure", "heure_utc0"],
    "external_id": [
        "external_id",
        "tweet_id",
        "id_tweet",
        "post_id",
        "id",
        "uri",
        "resource id",
        "document id",
        "universal message id",
        "status_id",
        "message_id",
    ],
    "text": [
        "text",
        "full_text",
        "full text",
        "content",
        "body",
        "message",
        "texte",
        "contenu",
        "caption",
        "tweet",
        "embedded_text",
        "snippet",
        "commentaire",
        "comment",
        "review",
    ],
    "title": ["title", "titre", "headline"],
    "url": ["url", "link", "lien", "permalink", "tweet url", "post link"],
    "author_handle": [
        "author",
        "author_handle",
        "username",
        "user_screen_name",
        "screen_name",
        "user_handle",
        "handle",
        "auteur",
        "author handle",
        "name",
        "account",
        "user",
    ],
    "author_name": ["author_name", "display_name", "full name", "userscreenname", "user_name"],
    "author_id": ["author_id", "user_id", "id_compte", "userid"],
    "audience": [
        "author_followers",
        "followers",
        "followers_count",
        "user_followers",
        "authorfollowers",
        "audience",
        "reach",
    ],
    "verified": ["verified", "user_verified", "is_verified"],
    "lang": ["lang", "language", "langue"],
    "network": ["network", "platform", "réseau", "reseau", "social network", "sourcetype"],
    "parent_id": ["parent_id", "in_reply_to_id", "in_reply_to_status_id", "reply_to"],
    "replies": ["replies", "reply_count", "comments", "num_comments"],
    "shares": ["shares", "retweet_count", "retweets", "reposts", "repost_count"],
    "likes": ["likes", "like_count", "favorite_count", "reactions", "score"],
    "rating": ["rating", "stars", "star_rating", "star rating", "review rating", "étoiles", "etoiles", "note"],
    "own": ["is_brand_account", "own", "is_own", "brand_account"],
}
"""Columns of files that come from nowhere in particular; JSON lines use the same names."""


def record(item: dict[str, Any], zone: ZoneInfo) -> Record:
    """A record from a plain JSON object. Raises values.Unreadable."""
    folded = {str(key).lower(): value for key, value in item.items() if value not in (None, "")}

    def get(name: str) -> Any:
        return next((folded[key] for key in GENERIC[name] if key in folded), "")

    author = get("author_handle")
    if isinstance(author, dict):
        author = author.get("username") or author.get("handle") or author.get("name") or ""
    count: dict[str, Any] = {
        name: values.whole(get(name)) if get(name) != "" else None for name in ("replies", "shares", "likes")
    }
    return Record(
        network=str(get("network") or "web").lower()[:20],
        external_id=values.identity(get("external_id")),
        text=values.words(get("text")),
        title=values.words(get("title")),
        url=str(get("url")),
        published_at=values.moment(get("published_at"), zone),
        author_handle=str(author).lstrip("@"),
        author_name=str(get("author_name")),
        author_id=values.identity(get("author_id")),
        audience=values.whole(get("audience")),
        verified=values.truth(get("verified")),
        lang=str(get("lang"))[:2],
        parent_id=values.identity(get("parent_id")),
        own=values.truth(get("own")),
        rating=values.rating(get("rating"), 5.0),
        **count,
    )
