"""What is told mention by mention: a press article, at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from vigie.lib.text import clip
from vigie.outbox.letters import Gone, Letter
from vigie.outbox.models import Message
from vigie.posts.models import Post
from vigie.watches.models import Watch

from .channels import ask, listening

DAY = timedelta(days=1)
"""An article that was published before this time is no news."""
AN_HOUR = 10
"""Mentions of one watch told one by one within an hour; the rest waits for the morning."""


def notify(watch: Watch, post: int, published: datetime, now: datetime) -> None:
    """Tell a press article at once where the watch asks for it. Call in the transaction that keeps the mention."""
    if watch.notify_on != Watch.NotifyOn.PRESS or now - published > DAY:
        return
    organisation, subject = watch.organisation, f"watch:{watch.pk}"
    told = Message.objects.of(organisation).filter(
        kind="mention", subject=subject, asked_at__gt=now - timedelta(hours=1)
    )
    if told.values("payload__post").distinct().count() < AN_HOUR:
        payload = {"watch": watch.pk, "post": post}
        ask(organisation, listening(organisation), "mention", now, payload=payload, subject=subject)


def letter(message: Message) -> Letter:
    organisation = message.organisation
    post = Post.objects.of(organisation).filter(pk=message.payload["post"]).first()
    watch = Watch.objects.of(organisation).filter(pk=message.payload["watch"]).first()
    if post is None or watch is None:
        raise Gone("this mention is there no more")
    title = f"{watch.name}: {clip(post.title or post.text, 90)}"
    by = post.author_name or post.author_handle
    return Letter(title, "\n".join(line for line in [by, "", clip(post.text, 600), "", post.url] if line or by))
