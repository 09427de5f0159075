"""What is kept of an author of public posts, and how it is forgotten for good: what is read again is not taken in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from vigie.lib import ids
from vigie.networks.record import Record
from vigie.people.traces import ERASED, Person, Trace

from . import search
from .models import ForgottenAuthor, Post, PostVersion, SetAside

WORDS = ("network", "external_id", "url", "author_id", "author_handle", "author_name", "published_at", "title", "text")
BLANK = {"author_id": "", "author_handle": "", "author_name": ERASED, "title": "", "text": ERASED, "url": ""}


def posts_of(organisation_id: UUID, person: Person) -> QuerySet[Any]:
    """Posts of an author, named by handle (with or without @) or by the network's own id."""
    rows = Post.objects.of(organisation_id)
    if not person.handle:
        return rows.none()
    bare = person.handle.removeprefix("@")
    named = Q(author_handle__iexact=bare) | Q(author_handle__iexact=f"@{bare}") | Q(author_id=person.handle)
    return rows.filter(named, network=person.network)


def _fingerprint(organisation_id: UUID, network: str, name: str) -> str:
    return ids.fingerprint(f"{organisation_id}:{network}:{name.removeprefix('@').lower()}")


def _forget(organisation_id: UUID, rows: QuerySet[Any]) -> None:
    """Words and names go, the post stays one of those counted: totals of the past remain true."""
    for post in list(rows):
        _remember_to_forget(organisation_id, post)
        before = search.document(post.title, post.text, post.author_handle, post.author_name)
        search.replace(post.pk, before, search.document("", ERASED, "", ERASED))
        PostVersion.objects.of(organisation_id).filter(post=post).delete()
        mine = Post.objects.of(organisation_id).filter(pk=post.pk)
        mine.update(**BLANK, external_id=f"erased:{post.pk}", parent_id="", deleted=True)


def _remember_to_forget(organisation_id: UUID, post: Post) -> None:
    for name in {post.author_id, post.author_handle} - {""}:
        mark = _fingerprint(organisation_id, post.network, name)
        ForgottenAuthor.objects.across().get_or_create(organisation_id=organisation_id, fingerprint=mark)


def forgotten(organisation_id: UUID) -> frozenset[str]:
    """Fingerprints of the authors whose posts are no longer taken in."""
    return frozenset(ForgottenAuthor.objects.of(organisation_id).values_list("fingerprint", flat=True))


def wanted(organisation_id: UUID, records: Iterable[Record], marks: frozenset[str]) -> list[Record]:
    """Records whose author has not asked to be forgotten."""
    if not marks:
        return list(records)
    return [record for record in records if not _names(organisation_id, record) & marks]


def _names(organisation_id: UUID, record: Record) -> set[str]:
    named = {record.author_id, record.author_handle} - {""}
    return {_fingerprint(organisation_id, record.network, name) for name in named}


def _set_aside(organisation_id: UUID, person: Person) -> QuerySet[Any]:
    rows = SetAside.objects.of(organisation_id)
    return rows.filter(quoting("raw", person.handle)) if person.handle else rows.none()


def quoting(column: str, handle: str) -> Q:
    """Raw text that names an author: the handle whole, as JSON and CSV write it."""
    bare = handle.removeprefix("@")
    found = Q()
    for around in ('"{}"', '"@{}"', ",{},", ",@{},"):
        found |= Q(**{f"{column}__icontains": around.format(bare)})
    return found


TRACES = [Trace("set aside", _set_aside, ("origin", "raw")), Trace("post", posts_of, WORDS, _forget)]
