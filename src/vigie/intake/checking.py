"""Records fit to be kept: what a stranger sent is cleaned, bounded, or set aside with a reason."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.utils.translation import gettext_noop

from vigie.lib import ids
from vigie.lib.text import clean
from vigie.lib.times import BadMoment, checked
from vigie.networks.record import Record, Rejected

TEXT_LIMIT = 20_000
ID_LIMIT = 300
MOST = 2**53


def _bounded(value: int | None) -> int | None:
    return None if value is None else min(max(value, 0), MOST)


def check(record: Record, now: datetime, position: str = "") -> Record | Rejected:
    """The record made safe, or why it cannot be kept."""
    try:
        record.published_at = checked(record.published_at, now)
        if record.seen_at is not None:
            record.seen_at = checked(record.seen_at, now)
    except BadMoment as error:
        return rejected(record, str(error), position)
    record.text = clean(record.text, TEXT_LIMIT)
    record.lang = record.lang[:2].lower() if record.lang[:2].isascii() and record.lang[:2].isalpha() else ""
    record.network, record.kind = clean(record.network, 20), clean(record.kind, 8)
    record.external_id, record.parent_id = clean(record.external_id), clean(record.parent_id, ID_LIMIT)
    record.title = clean(record.title, 1_000)
    record.author_handle = clean(record.author_handle, 200)
    record.author_name = clean(record.author_name, 200)
    record.author_id = clean(record.author_id or record.author_handle or record.author_name, ID_LIMIT)
    record.url = clean(record.url, 2_000) if record.url.startswith(("https://", "http://")) else ""
    record.audience = min(max(record.audience, 0), MOST)
    record.replies, record.shares = _bounded(record.replies), _bounded(record.shares)
    record.likes = _bounded(record.likes)
    record.verified, record.own, record.deleted = bool(record.verified), bool(record.own), bool(record.deleted)
    if not record.external_id:
        if not record.text and not record.author_id:
            return rejected(record, gettext_noop("neither id, author nor text: nothing to keep"), position)
        record.external_id = ids.derived(record.author_id, record.published_at.isoformat(), record.text)
    elif len(record.external_id) > ID_LIMIT:
        record.external_id = ids.derived(record.external_id)
    return record


def rejected(record: Record, reason: str, position: str) -> Rejected:
    raw = msgspec.json.encode(record).decode("utf-8", "replace")
    return Rejected(
        position=position or record.position or record.external_id[:80], reason=reason, raw=raw[:TEXT_LIMIT]
    )
