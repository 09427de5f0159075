"""The formats that are recognised by themselves: which columns tell them, and which column is what."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Format:
    """`needs` tells the format; `columns` gives, for each field, its possible columns, best first."""

    name: str
    needs: frozenset[str]
    columns: dict[str, list[str]] = field(default_factory=dict)
    network: str = "web"
    day_first: bool | None = None


MELTWATER = Format(
    "meltwater",
    frozenset({"hit sentence", "url"}),
    {
        "published_at": ["date", "alternate date format"],
        "time": ["time"],
        "external_id": ["tweet id", "document id"],
        "title": ["headline", "title"],
        "text": ["hit sentence", "opening text"],
        "url": ["url"],
        "author_handle": ["twitter screen name", "author handle", "influencer"],
        "author_name": ["influencer", "source"],
        "author_id": ["twitter id"],
        "audience": ["twitter followers", "reach"],
        "lang": ["language"],
        "network": ["source domain", "source"],
        "likes": ["likes"],
        "replies": ["replies", "comments"],
        "shares": ["retweets", "shares"],
    },
)
BRANDWATCH = Format(
    "brandwatch",
    frozenset({"query id", "date", "url"}),
    {
        "published_at": ["date"],
        "external_id": ["resource id", "url"],
        "title": ["title"],
        "text": ["full text", "snippet"],
        "url": ["url"],
        "author_handle": ["author"],
        "author_name": ["full name"],
        "author_id": ["twitter author id", "x author id", "facebook author id"],
        "audience": ["reach (new)", "impressions"],
        "lang": ["language"],
        "network": ["page type", "page type name", "domain"],
        "kind": ["thread entry type"],
        "parent_id": ["parent post id"],
        "verified": ["x verified", "author verified type"],
        "likes": ["x likes", "facebook likes"],
        "shares": ["x reposts", "twitter retweets", "facebook shares"],
        "replies": ["x replies", "facebook comments"],
    },
)
TALKWALKER = Format(
    "talkwalker",
    frozenset({"published", "content", "root_url"}),
    {
        "published_at": ["published"],
        "external_id": ["url"],
        "title": ["title"],
        "text": ["content", "content_snippet"],
        "url": ["url"],
        "author_handle": ["extra_author_attributes.short_name", "extra_author_attributes.name"],
        "author_name": ["extra_author_attributes.name"],
        "author_id": ["extra_author_attributes.id"],
        "audience": ["reach"],
        "lang": ["lang"],
        "network": ["source_type", "root_url"],
        "kind": ["post_type"],
        "parent_id": ["parent_url"],
    },
    day_first=True,
)
MINET = Format(
    "minet",
    frozenset({"timestamp_utc", "user_screen_name", "text"}),
    {
        "published_at": ["timestamp_utc"],
        "external_id": ["id"],
        "text": ["text"],
        "url": ["url"],
        "author_handle": ["user_screen_name"],
        "author_name": ["user_name"],
        "author_id": ["user_id"],
        "audience": ["user_followers"],
        "verified": ["user_verified"],
        "lang": ["lang"],
        "parent_id": ["to_tweetid"],
        "replies": ["reply_count"],
        "shares": ["retweet_count"],
        "likes": ["like_count"],
    },
    network="x",
)
MINET_BLUESKY = Format(
    "minet-bluesky",
    frozenset({"timestamp_utc", "user_handle", "uri"}),
    {
        "published_at": ["timestamp_utc"],
        "external_id": ["uri"],
        "text": ["text"],
        "url": ["url"],
        "author_handle": ["user_handle"],
        "author_name": ["user_display_name"],
        "author_id": ["user_did"],
        "lang": ["user_langs"],
        "parent_id": ["to_post_uri"],
        "replies": ["reply_count"],
        "shares": ["repost_count"],
        "likes": ["like_count"],
    },
    network="bluesky",
)
TWARC = Format(
    "twarc-csv",
    frozenset({"created_at", "author.username", "public_metrics.like_count"}),
    {
        "published_at": ["created_at"],
        "external_id": ["id"],
        "text": ["text"],
        "author_handle": ["author.username"],
        "author_name": ["author.name"],
        "author_id": ["author_id", "author.id"],
        "audience": ["author.public_metrics.followers_count"],
        "verified": ["author.verified"],
        "lang": ["lang"],
        "parent_id": ["referenced_tweets.replied_to.id"],
        "replies": ["public_metrics.reply_count"],
        "shares": ["public_metrics.retweet_count"],
        "likes": ["public_metrics.like_count"],
    },
    network="x",
)
AIRLINE = Format(
    "kaggle-airline",
    frozenset({"tweet_id", "airline", "tweet_created", "name"}),
    {
        "published_at": ["tweet_created"],
        "external_id": ["tweet_id"],
        "text": ["text"],
        "author_handle": ["name"],
        "shares": ["retweet_count"],
    },
    network="x",
)
KNOWN = [MELTWATER, BRANDWATCH, TALKWALKER, MINET_BLUESKY, MINET, TWARC, AIRLINE]
