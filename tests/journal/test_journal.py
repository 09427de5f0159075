"""The journal is the truth: gapless, chained, signed, and it says so when it is not."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from tests.conftest import NOON
from vigie.journal import actions
from vigie.journal.models import Entry, Head, Payload
from vigie.people.models import Organisation


def write(acme: Organisation, n: int) -> None:
    for i in range(n):
        actions.record(acme.pk, "note.written", at=NOON, actor_name="Alice", subject="room:1", words=f"line {i}")


def test_lines_are_numbered_without_a_hole_and_verify(acme: Organisation) -> None:
    write(acme, 5)
    found = list(Entry.objects.filter(organisation_id=acme.pk).order_by("seq").values_list("seq", flat=True))
    assert found == list(range(1, len(found) + 1))
    assert actions.verify(acme.pk) is None


def test_a_line_written_in_a_change_that_failed_leaves_no_hole(acme: Organisation) -> None:
    before = actions.record(acme.pk, "a", at=NOON)
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.record(acme.pk, "b", at=NOON)
        raise RuntimeError
    assert actions.record(acme.pk, "c", at=NOON) == before + 1


def tampered(acme: Organisation, how: str) -> None:
    entries = Entry.objects.filter(organisation_id=acme.pk)
    match how:
        case "changed":
            entries.filter(seq=3).update(verb="nothing.happened")
        case "words changed":
            Payload.objects.filter(organisation_id=acme.pk, seq=3).update(body={"words": "other"})
        case "removed":
            entries.filter(seq=3).delete()
        case "tail cut":
            entries.filter(seq__gt=3).delete()
        case "tail and head cut":
            entries.filter(seq__gt=3).delete()
            third = entries.get(seq=3)
            Head.objects.filter(organisation_id=acme.pk).update(seq=3, hash=third.hash)
        case "rehashed":
            previous = ""
            for entry in entries.order_by("seq"):
                entry.previous, entry.verb = previous, "all.well"
                entry.hash = previous = actions._link(entry)
                entry.save()
            Head.objects.filter(organisation_id=acme.pk).update(hash=previous)


@pytest.mark.parametrize(
    ("how", "seq"),
    [("changed", 3), ("words changed", 3), ("removed", 3), ("tail cut", 4), ("tail and head cut", 3), ("rehashed", 6)],
)
def test_whoever_changes_the_record_is_found_out(acme: Organisation, how: str, seq: int) -> None:
    write(acme, 5)
    tampered(acme, how)
    fault = actions.verify(acme.pk)
    assert fault is not None
    assert fault.seq == seq


def test_words_can_be_erased_and_the_chain_still_holds(acme: Organisation) -> None:
    write(acme, 5)
    actions.erase(acme.pk, 3)
    assert actions.verify(acme.pk) is None
    assert not Payload.objects.filter(organisation_id=acme.pk, seq=3).exists()


def test_a_client_that_was_cut_off_gets_what_it_missed(acme: Organisation) -> None:
    write(acme, 5)
    assert [e.seq for e in actions.after(acme.pk, 4)] == [5, 6]


@pytest.mark.django_db(transaction=True)
def test_many_who_write_at_once_get_numbers_without_a_hole(request: Any) -> None:
    from vigie.people.actions import create_organisation

    acme = create_organisation("Acme", at=NOON)

    def scribe() -> None:
        for _ in range(10):
            actions.record(acme.pk, "note.written", at=NOON)
        connection.close()

    threads = [threading.Thread(target=scribe) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seqs = list(Entry.objects.filter(organisation_id=acme.pk).order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, 42))
    assert actions.verify(acme.pk) is None
