"""The formats that are recognised by themselves: which columns tell them, and which column is what."""

from __future__ import annotations

from dataclasses import dataclass, field

FIELDS = [
    "published_at", "time", "external_id", "text", "title", "url", "author_handle", "author_name", "author_id",
    "audience", "verified", "lang", "network", "kind", "parent_id", "replies", "shares", "likes", "own",
]
"""What a column can be mapped to; `time` completes a date without hours."""


@dataclass(frozen=True)
class Format:
    """`needs` tells the format; `columns` gives, for each field, its possible columns, best first."""

    name: str
    needs: frozenset[str]
    columns: dict[str, list[str]] = field(default_factory=dict)
    network: str = "web"
    day_first: bool | None = None


MELTWATER = Format(
    "meltwater", frozenset({"hit sentence", "url"}),
    {
        "published_at": ["alternate date format", "date"], "time": ["time"],
        "external_id": ["tweet id", "document id"], "title": ["headline", "title"],
        "text": ["hit sentence", "opening text"], "url": ["url"],
        "author_handle": ["twitter screen name", "author handle", "influencer"], "author_name": ["influencer", "source"],
        "author_id": ["twitter id"], "audience": ["twitter followers", "reach"], "lang": ["language"],
        "network": ["source domain", "source"], "likes": ["likes"], "replies": ["replies", "comments"],
        "shares": ["retweets", "shares"],
    },
)
BRANDWATCH = Format(
    "brandwatch", frozenset({"query id", "date", "url"}),
    {
        "published_at": ["date"], "external_id": ["resource id", "url"], "title": ["title"],
        "text": ["full text", "snippet"], "url": ["url"], "author_handle": ["author"], "author_name": ["full name"],
        "author_id": ["twitter author id", "x author id", "facebook author id"], "audience": ["reach (new)", "impressions"],
        "lang": ["language"], "network": ["page type", "page type name", "domain"], "kind": ["thread entry type"],
        "parent_id": ["parent post id"], "verified": ["x verified", "author verified type"],
        "likes": ["x likes", "facebook likes"], "shares": ["x reposts", "twitter retweets", "facebook shares"],
        "replies": ["x replies", "facebook comments"],
    },
)
TALKWALKER = Format(
    "talkwalker", frozenset({"published", "content", "root_url"}),
    {
        "published_at": ["published"], "external_id": ["url"], "title": ["title"], "text": ["content", "content_snippet"],
        "url": ["url"], "author_handle": ["extra_author_attributes.short_name", "extra_author_attributes.name"],
        "author_name": ["extra_author_attributes.name"], "author_id": ["extra_author_attributes.id"],
        "audience": ["reach"], "lang": ["lang"], "network": ["source_type", "root_url"], "kind": ["post_type"],
        "parent_id": ["parent_url"],
    },
    day_first=True,
)
MINET = Format(
    "minet", frozenset({"timestamp_utc", "user_screen_name", "text"}),
    {
        "published_at": ["timestamp_utc"], "external_id": ["id"], "text": ["text"], "url": ["url"],
        "author_handle": ["user_screen_name"], "author_name": ["user_name"], "author_id": ["user_id"],
        "audience": ["user_followers"], "verified": ["user_verified"], "lang": ["lang"], "parent_id": ["to_tweetid"],
        "replies": ["reply_count"], "shares": ["retweet_count"], "likes": ["like_count"],
    },
    network="x",
)
MINET_BLUESKY = Format(
    "minet-bluesky", frozenset({"timestamp_utc", "user_handle", "uri"}),
    {
        "published_at": ["timestamp_utc"], "external_id": ["uri"], "text": ["text"], "url": ["url"],
        "author_handle": ["user_handle"], "author_name": ["user_display_name"], "author_id": ["user_did"],
        "lang": ["user_langs"], "parent_id": ["to_post_uri"],
        "replies": ["reply_count"], "shares": ["repost_count"], "likes": ["like_count"],
    },
    network="bluesky",
)
TWARC = Format(
    "twarc-csv", frozenset({"created_at", "author.username", "public_metrics.like_count"}),
    {
        "published_at": ["created_at"], "external_id": ["id"], "text": ["text"], "author_handle": ["author.username"],
        "author_name": ["author.name"], "author_id": ["author_id", "author.id"],
        "audience": ["author.public_metrics.followers_count"], "verified": ["author.verified"], "lang": ["lang"],
        "parent_id": ["referenced_tweets.replied_to.id"], "replies": ["public_metrics.reply_count"],
        "shares": ["public_metrics.retweet_count"], "likes": ["public_metrics.like_count"],
    },
    network="x",
)
AIRLINE = Format(
    "kaggle-airline", frozenset({"tweet_id", "airline", "tweet_created", "name"}),
    {
        "published_at": ["tweet_created"], "external_id": ["tweet_id"], "text": ["text"], "author_handle": ["name"],
        "shares": ["retweet_count"],
    },
    network="x",
)
KNOWN = [MELTWATER, BRANDWATCH, TALKWALKER, MINET_BLUESKY, MINET, TWARC, AIRLINE]

GENERIC: dict[str, list[str]] = {
    "published_at": [
        "published_at", "created_at", "created", "timestamp_utc", "timestamp", "published", "publish_date", "datetime",
        "date_time", "date", "tweet_created", "created_utc", "posted_at", "time_utc", "date published", "inbound message date",
        "date de publication", "publié le", "published_date", "createdat", "heure_utc0",
    ],
    "time": ["time", "heure", "heure_utc0"],
    "external_id": ["external_id", "tweet_id", "id_tweet", "post_id", "id", "uri", "resource id", "document id",
                    "universal message id", "status_id", "message_id"],
    "text": ["text", "full_text", "full text", "content", "body", "message", "texte", "contenu", "caption", "tweet",
             "embedded_text", "snippet", "commentaire", "comment", "review"],
    "title": ["title", "titre", "headline"],
    "url": ["url", "link", "lien", "permalink", "tweet url", "post link"],
    "author_handle": ["author", "author_handle", "username", "user_screen_name", "screen_name", "user_handle", "handle",
                      "auteur", "author handle", "name", "account", "user"],
    "author_name": ["author_name", "display_name", "full name", "userscreenname", "user_name"],
    "author_id": ["author_id", "user_id", "id_compte", "userid"],
    "audience": ["author_followers", "followers", "followers_count", "user_followers", "authorfollowers", "audience", "reach"],
    "verified": ["verified", "user_verified", "is_verified"],
    "lang": ["lang", "language", "langue"],
    "network": ["network", "platform", "réseau", "reseau", "social network", "sourcetype"],
    "parent_id": ["parent_id", "in_reply_to_id", "in_reply_to_status_id", "reply_to"],
    "replies": ["replies", "reply_count", "comments", "num_comments"],
    "shares": ["shares", "retweet_count", "retweets", "reposts", "repost_count"],
    "likes": ["likes", "like_count", "favorite_count", "reactions", "score"],
    "own": ["is_brand_account", "own", "is_own", "brand_account"],
}
"""Columns of files that come from nowhere in particular; JSON lines use the same names."""
