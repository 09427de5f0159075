"""The one way to write the journal, to erase from it, and to check it."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_noop

from vigie.lib import sql
from vigie.lib.refusals import Refused
from vigie.lib.secrets import signing_key
from vigie.lib.times import millis

from . import anchors
from .models import Entry, Head, Payload, Pulse

log = logging.getLogger(__name__)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _link(entry: Entry) -> str:
    """The hash of a line, over everything in it and the line before."""
    return _digest(
        str(entry.organisation_id),
        str(entry.seq),
        str(millis(entry.at)),
        entry.verb,
        str(entry.actor_id or ""),
        entry.subject,
        entry.payload_hash,
        entry.previous,
    )


def _key_path() -> Path:
    return Path(settings.DATA_DIR) / "journal.key"


def _key() -> Ed25519PrivateKey:
    path = _key_path()
    return _read_key(path, path.stat().st_mtime_ns) if path.exists() else signing_key(path)


@lru_cache(4)
def _read_key(path: Path, written: int) -> Ed25519PrivateKey:
    """Read once for each state of the file."""
    return signing_key(path)


def _sealed(head: Head) -> bytes:
    since = f":{head.whole_from}" if head.whole_from else ""
    return f"{head.organisation_id}:{head.seq}:{head.hash}{since}".encode()


@dataclass
class Draft:
    """A line before it has its place: what was done to what, and by whom."""

    verb: str
    subject: str = ""
    actor_id: UUID | None = None
    actor_name: str = ""
    body: dict[str, Any] = field(default_factory=dict)


def record(
    organisation_id: UUID,
    verb: str,
    *,
    at: datetime,
    actor_id: UUID | None = None,
    actor_name: str = "",
    subject: str = "",
    **body: Any,
) -> int:
    """Write one line and return its `seq`."""
    return record_all(organisation_id, [Draft(verb, subject, actor_id, actor_name, body)], at=at)[0]


@transaction.atomic
def record_all(organisation_id: UUID, drafts: Sequence[Draft], *, at: datetime) -> list[int]:
    """Write the lines of one act under one lock of the chain head, and return their `seq`.

    Call it last in the transaction of the change that they tell: the head is locked from here to the commit, which is
    what makes `seq` gapless with several writers.
    """
    Head.objects.get_or_create(organisation_id=organisation_id)
    head = Head.objects.select_for_update().get(organisation_id=organisation_id)
    if trouble := _distrusted(head):
        _begin_segment(head, trouble, at)
    seqs = [_chain(head, draft, at) for draft in drafts]
    _seal(head)
    return seqs


def _seal(head: Head) -> None:
    head.signature = _key().sign(_sealed(head)).hex()
    head.save()


def _distrusted(head: Head) -> str:
    """Why a head is not to be extended; empty when it verifies."""
    if not head.seq and not head.signature:
        return ""
    if not _key_path().exists():
        return "the signing key was lost: a new one was made"
    lines = Entry.objects.filter(organisation_id=head.organisation_id).order_by("-seq")
    if lines.values_list("seq", "hash").first() != (head.seq, head.hash):
        return "the end of the chain was cut or added to"
    return "" if _is_ours(head) else "its signature is not ours"


def _begin_segment(head: Head, trouble: str, at: datetime) -> None:
    """Acts go on, in a new segment that says why: what does not verify is never extended as if it did."""
    log.error("journal of %s: %s; a new segment begins", head.organisation_id, trouble)
    lines = Entry.objects.filter(organisation_id=head.organisation_id).order_by("-seq")
    head.seq, head.hash = max(head.seq, lines.values_list("seq", flat=True).first() or 0), ""
    head.segment = _chain(head, Draft(SEGMENT, "journal", body={"why": trouble}), at)


SEGMENT, ERASED, NOTED = "journal.segment", "journal.erased", "journal.noted"


def _is_ours(head: Head) -> bool:
    try:
        _key().public_key().verify(bytes.fromhex(head.signature), _sealed(head))
        return True
    except (InvalidSignature, ValueError):
        return False


def flaw(organisation_id: UUID) -> int:
    """Where a segment begins because the head before it did not verify; 0 for a whole chain."""
    head = Head.objects.filter(organisation_id=organisation_id).first()
    return head.segment if head and head.segment > head.whole_from else 0


class NothingWrong(Refused):
    """A chain that holds has nothing to take note of."""

    def __init__(self) -> None:
        super().__init__("whole", gettext_noop("Every line of the journal holds: there is nothing to take note of."))


@transaction.atomic
def take_note(organisation_id: UUID, *, at: datetime, why: str, **who: Any) -> int:
    """Say what was found out about a chain that does not hold, and hold to it again from this line on.

    The lines before stay, and so does what is wrong with them: the new line, which begins a segment, names both.
    Raises NothingWrong; Refused without a reason.
    """
    if not why.strip():
        raise Refused("unclear", gettext_noop("Say what was found out: why the journal does not hold."))
    Head.objects.get_or_create(organisation_id=organisation_id)
    head = Head.objects.select_for_update().get(organisation_id=organisation_id)
    fault = verify(organisation_id)
    if fault is None:
        raise NothingWrong
    last = Entry.objects.filter(organisation_id=organisation_id).aggregate(last=Max("seq"))["last"] or 0
    # After everything that was ever anchored: a tail that was cut leaves its places empty.
    head.seq, head.hash = max(head.seq, last, *anchors.of(organisation_id), 0), ""
    body = {"why": why.strip(), "fault": fault.seq, "reason": fault.reason}
    head.whole_from = head.segment = _chain(head, Draft(NOTED, "journal", body=body, **who), at)
    _seal(head)
    return head.whole_from


def _chain(head: Head, draft: Draft, at: datetime) -> int:
    """Put a line at the end of the chain."""
    content = json.loads(_canonical({**draft.body, "actor": draft.actor_name}))
    place = {"organisation_id": head.organisation_id, "seq": head.seq + 1}
    payload = Payload(**place, salt=secrets.token_hex(16), body=content)
    entry = Entry(
        **place,
        at=at,
        verb=draft.verb,
        actor_id=draft.actor_id,
        subject=draft.subject,
        payload_hash=_digest(payload.salt, _canonical(content)),
        previous=head.hash,
    )
    entry.hash = _link(entry)
    head.seq, head.hash = entry.seq, entry.hash
    payload.save(force_insert=True)
    entry.save(force_insert=True)
    return entry.seq


def pulse(organisation_id: UUID, channel: str, *, at: datetime, **body: Any) -> None:
    """Tell open pages that something changed; not part of the record."""
    Pulse.objects.create(organisation_id=organisation_id, at=at, channel=channel, body=body)


@transaction.atomic
def erase(organisation_id: UUID, seqs: Sequence[int], *, at: datetime, why: str, **who: Any) -> int:
    """Forget the words of some lines; how many that were. The lines, their authors and their places stay.

    It is an entry itself: a text that is missing without one was taken away.
    """
    held = Payload.objects.filter(organisation_id=organisation_id, seq__in=list(seqs))
    gone = sorted(held.values_list("seq", flat=True))
    held.delete()
    if gone:
        record(organisation_id, ERASED, at=at, subject="journal", why=why, seqs=gone, **who)
    return len(gone)


def erase_person(organisation_id: UUID, actor_id: UUID | None, *, at: datetime, **named: str) -> int:
    """Forget the words of every line that a person wrote or that is about them; how many lines that were."""
    seqs = [seq for seq, *_rest in lines_of(organisation_id, actor_id, **named)]
    return erase(organisation_id, seqs, at=at, why="asked for by the person")


def lines_of(organisation_id: UUID, actor_id: UUID | None, **named: str) -> list[tuple[int, datetime, str, Any]]:
    """(seq, at, verb, words) of the lines that a person wrote, whose subject they are, or that name them.

    `named` says how, as lines do: `email`, or the `author` of a mention.
    """
    theirs = Q(actor_id=actor_id) | Q(subject=f"user:{actor_id}") if actor_id else Q()
    for name, value in named.items():
        if value:
            held = Payload.objects.filter(organisation_id=organisation_id, **{f"body__{name}__iexact": value})
            theirs |= Q(seq__in=held.values("seq"))
    if not theirs:
        return []
    rows = Entry.objects.filter(theirs, organisation_id=organisation_id).order_by("seq")
    words = dict(
        Payload.objects.filter(organisation_id=organisation_id, seq__in=rows.values("seq")).values_list("seq", "body")
    )
    return [(seq, at, verb, words[seq]) for seq, at, verb in rows.values_list("seq", "at", "verb") if seq in words]


@dataclass(frozen=True)
class Fault:
    """The first line that does not hold, and why."""

    organisation_id: UUID
    seq: int
    reason: str


CHECKED_AT_ONCE = 20_000
_ROWS = """SELECT e.seq, e.at, e.verb, e.actor_id, e.subject, e.payload_hash, e.previous, e.hash, p.salt, p.body
FROM journal_entry e LEFT JOIN journal_payload p ON p.organisation_id = e.organisation_id AND p.seq = e.seq
WHERE e.organisation_id = %s AND e.seq > %s ORDER BY e.seq LIMIT %s"""


def verify(organisation_id: UUID) -> Fault | None:
    """Walk the whole chain: lines changed, removed or reordered, a cut tail, a full rehash are all found.

    What an administrator has taken note of is behind: the walk begins at the line that says so.
    """
    since = _whole_from(organisation_id)
    previous, last = "", max(since - 1, 0)
    anchored = {seq: hash for seq, hash in anchors.of(organisation_id).items() if seq >= since}
    walk = _Walk(organisation_id, _erased(organisation_id), anchored)
    while rows := sql.rows(_ROWS, [sql.uuid_value(organisation_id), last, CHECKED_AT_ONCE]):
        fault, previous, last = _walk(walk, rows, previous, last)
        if fault:
            return fault
    beyond = [seq for seq in walk.anchored if seq > last]
    if beyond:
        return Fault(organisation_id, last + 1, f"the end was cut: line {max(beyond)} was anchored outside")
    return _head_fault(organisation_id, previous, last)


def _whole_from(organisation_id: UUID) -> int:
    return Head.objects.filter(organisation_id=organisation_id).values_list("whole_from", flat=True).first() or 0


def noted(organisation_id: UUID) -> dict[str, Any] | None:
    """What was taken note of last, as {seq, at, actor, why, fault, reason}; None for a chain held to as a whole."""
    entry = Entry.objects.filter(organisation_id=organisation_id, seq=_whole_from(organisation_id)).first()
    if entry is None:
        return None
    words = Payload.objects.filter(organisation_id=organisation_id, seq=entry.seq).values_list("body", flat=True)
    return {"seq": entry.seq, "at": entry.at, **(words.first() or {})}


@dataclass(frozen=True)
class _Walk:
    """What a walk along a chain knows: the lines whose words were lawfully erased, and heads kept outside."""

    organisation_id: UUID
    erased: frozenset[int]
    anchored: dict[int, str]


def _erased(organisation_id: UUID) -> frozenset[int]:
    head = Head.objects.filter(organisation_id=organisation_id).first()
    found = set(head.erased_before) if head else set()
    entries = Entry.objects.filter(organisation_id=organisation_id, verb=ERASED).values("seq")
    for body in Payload.objects.filter(organisation_id=organisation_id, seq__in=entries).values_list("body", flat=True):
        found.update(body.get("seqs", []))
    return frozenset(found)


def _walk(walk: _Walk, rows: list[Any], previous: str, last: int) -> tuple[Fault | None, str, int]:
    """Check some lines that follow each other: (the first that does not hold, the last hash, the last line)."""
    organisation_id = walk.organisation_id
    whose, join, sha256 = str(organisation_id), "\x1f".join, hashlib.sha256
    actors: dict[Any, str] = {None: ""}
    for seq, at, verb, actor, subject, payload_hash, before, kept, salt, body in rows:
        if seq != last + 1:
            return Fault(organisation_id, last + 1, "this line is missing"), previous, last
        name = actors.get(actor)
        if name is None:
            name = actors[actor] = str(UUID(str(actor)))
        text = join((whose, str(seq), str(at), verb, name, subject, payload_hash, previous))
        link = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        if verb == SEGMENT and not before:
            return Fault(organisation_id, seq, "a new segment begins: the line before did not verify"), previous, last
        if before != previous or kept != link:
            return Fault(organisation_id, seq, "this line was changed after it was written"), previous, last
        if salt is not None and not _same_words(salt, body, payload_hash):
            return Fault(organisation_id, seq, "the words of this line were changed afterwards"), previous, last
        if salt is None and seq not in walk.erased:
            return Fault(organisation_id, seq, "the words of this line are gone, and no erasure says so"), kept, seq
        if walk.anchored.get(seq, kept) != kept:
            return Fault(organisation_id, seq, "the chain was rewritten: this line is anchored otherwise"), kept, seq
        previous, last = kept, seq
    return None, previous, last


def _same_words(salt: str, body: Any, payload_hash: str) -> bool:
    """Whether a stored text is what was hashed; stores that write JSON their own way are read and written again."""
    if isinstance(body, str) and _digest(salt, body) == payload_hash:
        return True
    return _digest(salt, _canonical(json.loads(body) if isinstance(body, str) else body)) == payload_hash


def _head_fault(organisation_id: UUID, last: str, seq: int) -> Fault | None:
    head = Head.objects.filter(organisation_id=organisation_id).first()
    if head is None:
        return Fault(organisation_id, 0, "the head of the chain is missing") if seq else None
    if head.seq != seq or head.hash != last:
        return Fault(organisation_id, min(head.seq, seq) + 1, "the end of the chain was cut or added to")
    if not seq:
        return None
    if not _key_path().exists():
        return Fault(organisation_id, seq, "the signing key is lost: restore journal.key from a backup")
    return None if _is_ours(head) else Fault(organisation_id, seq, "the chain was rewritten: its signature is not ours")


def after(organisation_id: UUID, seq: int, *, most: int = 500) -> Iterator[Entry]:
    """Lines since `seq`, for a client that resumes."""
    return iter(Entry.objects.filter(organisation_id=organisation_id, seq__gt=seq).order_by("seq")[:most])
