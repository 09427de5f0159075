"""One mention: what was understood of it and why, what people correct."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from vigie.analysis.kind import kind
from vigie.analysis.model import EMOTIONS, IRONIC, explained, understand
from vigie.crises.queries import handled
from vigie.intake import apply
from vigie.lib.text import fold
from vigie.people.access import MemberRequest, member
from vigie.posts.models import Post, PostVersion
from vigie.watches.models import Correction, Mention

from .filters import SENTIMENTS


def access_mention(request: MemberRequest, pk: int) -> Mention:
    found = Mention.objects.of(request.organisation).filter(pk=pk).select_related("post", "watch__entity").first()
    if found is None:
        raise Http404
    return found


@member()
def mention(request: MemberRequest, pk: int) -> HttpResponse:
    found = access_mention(request, pk)
    return render(
        request,
        "vigie/mention_page.html" if not request.htmx else "vigie/mention_detail.html",  # type: ignore[attr-defined]
        detail(request, found),
    )


def detail(request: MemberRequest, found: Mention) -> dict[str, Any]:
    post = found.post
    text = f"{post.title}\n{post.text}" if post.title else post.text
    story = Post.objects.of(request.organisation).filter(story=post.story)
    alike = list(story.exclude(pk=post.pk).order_by("published_at")[:5])
    author = (
        Mention.objects.of(request.organisation)
        .filter(post__network=post.network, post__author_id=post.author_id, watch=found.watch)
        .exclude(post=post)
    )
    return {
        "mention": found,
        "post": post,
        "text": text,
        "emotions": emotions(post),
        "handling": handled([found]).get(found.pk),
        **nature(text, found),
        "alike": alike,
        "first": min([post, *alike], key=lambda p: p.published_at),
        "author_mentions": author.select_related("post").order_by("-published_at")[:5],
        "versions": PostVersion.objects.of(request.organisation).filter(post=post).order_by("-pk"),
        "correction": Correction.objects.of(request.organisation)
        .filter(post=post, undone_at=None)
        .order_by("-pk")
        .first(),
        "exclusion": exclusion(found),
    }


@member()
def why(request: MemberRequest, pk: int) -> HttpResponse:
    """The words that weighed, when a hand or the keyboard rests on the sentiment."""
    found = access_mention(request, pk)
    text = f"{found.post.title}\n{found.post.text}" if found.post.title else found.post.text
    weighed = explained(text, found.post.lang, sentiment=found.sentiment).get("sentiment", [])
    return render(request, "vigie/mention_why.html", {"weighed": weighed})


def nature(text: str, mention: Mention) -> dict[str, Any]:
    """What is worked out when somebody looks: its kind, and the words that weighed for each label."""
    post = mention.post
    found = understand([text], langs=[post.lang])
    named = kind(text, post.lang, post.sentiment, post.negative, post.positive)
    why = explained(text, post.lang, sentiment=mention.sentiment)
    beside = [(name, words) for name, words in why.items() if name not in ("sentiment", "irony") and words]
    return {
        "weighed": why.get("sentiment", []),
        "nature": named if named != "other" else "",
        "toxicity": float(found.toxicity[0]),
        "ironic": bool(found.irony[0] >= IRONIC),
        "explanations": beside[:3],
    }


KINDS_SAID = [gettext_noop("question"), gettext_noop("complaint"), gettext_noop("praise"), gettext_noop("toxicity")]

NAMES = [
    gettext_noop("anger"),
    gettext_noop("fear"),
    gettext_noop("disgust"),
    gettext_noop("sadness"),
    gettext_noop("surprise"),
    gettext_noop("joy"),
    gettext_noop("optimism"),
]


def emotions(post: Post) -> list[tuple[str, int]]:
    """Emotions that show, strongest first, in percent."""
    values = list(bytes(post.emotions))
    found = [(name, round(100 * value / 255)) for name, value in zip(EMOTIONS, values, strict=False)]
    return sorted([pair for pair in found if pair[1] >= 20], key=lambda pair: -pair[1])[:3]


def exclusion(found: Mention) -> str:
    """A query that would have left a homonym out: its author, else its most telling word."""
    if not found.not_ours:
        return ""
    from vigie.analysis.phrases import themes
    from vigie.stories.actions import own_words

    others = Mention.objects.of(found.organisation_id).filter(watch=found.watch, not_ours=False)
    usual = [m.post.text for m in others.select_related("post").order_by("-published_at")[:300]]
    own = {fold(word) for word in own_words(found.watch)}
    telling = themes([f"{found.post.title} {found.post.text}"], usual, leave_out=own, most=20)
    apart = [theme for theme in telling if not own & set(fold(theme.phrase).split())]
    word = f'"{apart[0].phrase}"' if apart else f"from:{found.post.author_handle}"
    return f"({found.watch.query}) NOT {word}"


@require_POST
@member("mention.correct")
def correct(request: MemberRequest, pk: int) -> HttpResponse:
    found = access_mention(request, pk)
    wanted = request.POST.get("sentiment", "")
    if wanted in SENTIMENTS:
        apply.correct(found.post, SENTIMENTS[wanted], by=request.user, at=request.organisation.clock.now())
    return _after(request, pk)


@require_POST
@member("mention.correct")
def undo_correction(request: MemberRequest, pk: int) -> HttpResponse:
    found = access_mention(request, pk)
    held = Correction.objects.of(request.organisation).filter(post=found.post, undone_at=None).order_by("-pk").first()
    if held:
        apply.undo(held, by=request.user, at=request.organisation.clock.now())
    return _after(request, pk)


@require_POST
@member("mention.correct")
def ours(request: MemberRequest, pk: int) -> HttpResponse:
    found = access_mention(request, pk)
    apply.set_ours(found, request.POST.get("ours") == "1", by=request.user, at=request.organisation.clock.now())
    return _after(request, pk)


def _after(request: MemberRequest, pk: int) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return render(
            request, "vigie/mention_detail.html", {**detail(request, access_mention(request, pk)), "changed": True}
        )
    messages.success(request, _("Kept."))
    return redirect(reverse("mention", args=[request.organisation.slug, pk]))
