"""The journal is the truth: gapless, chained, signed, and it says so when it is not."""

from __future__ import annotations

import shutil
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from tests.conftest import NOON
from vigie.journal import actions, anchors
from vigie.journal.models import Entry, Head, Payload
from vigie.lib.refusals import Refused
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
    assert actions.erase(acme.pk, [3, 99], at=NOON, why="asked for", actor_name="Alice") == 1
    assert actions.verify(acme.pk) is None
    told = Payload.objects.get(organisation_id=acme.pk, seq=7).body
    assert (told["why"], told["seqs"], told["actor"]) == ("asked for", [3], "Alice")
    assert not Payload.objects.filter(organisation_id=acme.pk, seq=3).exists()


def test_words_taken_away_without_an_erasure_are_found_out(acme: Organisation) -> None:
    write(acme, 5)
    Payload.objects.filter(organisation_id=acme.pk, seq=3).delete()
    fault = actions.verify(acme.pk)
    assert fault is not None
    assert (fault.seq, "no erasure says so" in fault.reason) == (3, True)


def test_a_person_is_forgotten_in_every_line_that_they_wrote(acme: Organisation) -> None:
    someone = uuid4()
    actions.record(acme.pk, "note.written", at=NOON, actor_id=someone, words="mine")
    write(acme, 1)
    assert actions.erase_person(acme.pk, someone, at=NOON) == 1
    assert actions.verify(acme.pk) is None
    assert Payload.objects.filter(organisation_id=acme.pk, seq=3).exists()


def test_acts_go_on_after_a_rewrite_but_the_record_never_looks_whole_again(acme: Organisation) -> None:
    write(acme, 5)
    tampered(acme, "rehashed")
    assert actions.flaw(acme.pk) == 0
    seq = actions.record(acme.pk, "note.written", at=NOON)
    assert Entry.objects.get(organisation_id=acme.pk, seq=seq - 1).verb == "journal.segment"
    assert actions.flaw(acme.pk) == seq - 1
    write(acme, 2)
    fault = actions.verify(acme.pk)
    assert fault is not None
    assert fault.seq == seq - 1


def test_a_cut_tail_is_not_papered_over_by_the_next_line(acme: Organisation) -> None:
    write(acme, 5)
    tampered(acme, "tail cut")
    write(acme, 3)
    fault = actions.verify(acme.pk)
    assert fault is not None
    assert fault.seq == 4


@pytest.mark.parametrize("how", ["rehashed", "tail cut"])
def test_once_somebody_took_note_of_what_is_wrong_the_journal_is_held_to_again(acme: Organisation, how: str) -> None:
    write(acme, 5)
    tampered(acme, how)
    write(acme, 1)
    since = actions.take_note(acme.pk, at=NOON, why="a backup was put back", actor_name="Alice")
    assert actions.flaw(acme.pk) == 0
    assert actions.verify(acme.pk) is None
    write(acme, 2)
    assert actions.verify(acme.pk) is None
    said = actions.noted(acme.pk)
    assert said is not None
    assert (said["seq"], said["why"], said["actor"]) == (since, "a backup was put back", "Alice")
    assert said["fault"] < since


def test_nobody_hides_what_is_before_by_moving_the_line_from_which_it_holds(acme: Organisation) -> None:
    write(acme, 5)
    Head.objects.filter(organisation_id=acme.pk).update(whole_from=4)
    assert actions.verify(acme.pk) is not None
    write(acme, 1)
    assert actions.flaw(acme.pk)


def test_a_whole_journal_has_nothing_to_take_note_of(acme: Organisation) -> None:
    write(acme, 2)
    with pytest.raises(actions.NothingWrong):
        actions.take_note(acme.pk, at=NOON, why="just so")
    with pytest.raises(Refused):
        actions.take_note(acme.pk, at=NOON, why="  ")


@pytest.fixture
def elsewhere(acme: Organisation, settings: Any, tmp_path: Path) -> Path:
    """A data directory of this test's own, with the key that signed what is there."""
    shutil.copy(Path(settings.DATA_DIR) / "journal.key", tmp_path)
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_a_lost_key_lets_people_act_and_is_seen(acme: Organisation, elsewhere: Path) -> None:
    write(acme, 2)
    (elsewhere / "journal.key").unlink()
    fault = actions.verify(acme.pk)
    assert fault is not None
    assert "restore journal.key" in fault.reason
    write(acme, 1)
    assert actions.flaw(acme.pk) == 4
    assert "lost" in Payload.objects.get(organisation_id=acme.pk, seq=4).body["why"]


def test_a_rewrite_by_somebody_with_the_key_is_found_by_a_head_kept_outside(
    acme: Organisation, elsewhere: Path
) -> None:
    write(acme, 5)
    assert [anchors.drop(NOON), anchors.drop(NOON)] == [1, 0]
    write(acme, 1)
    assert anchors.drop(NOON + timedelta(minutes=59)) == 0, "once an hour is enough"
    assert anchors.drop(NOON + timedelta(minutes=60)) == 1
    tampered(acme, "rehashed")
    head = Head.objects.get(organisation_id=acme.pk)
    head.signature = actions._key().sign(actions._sealed(head)).hex()
    head.save()
    fault = actions.verify(acme.pk)
    assert fault is not None
    assert (fault.seq, "anchored" in fault.reason) == (6, True)


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
