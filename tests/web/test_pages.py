"""What people do on pages, and what they find there."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from tests.alerts.test_duty import rung
from tests.conftest import NOON, post
from vigie.alerts.models import Alert, Channel, Duty
from vigie.intake.jobs import Worker
from vigie.intake.models import Job
from vigie.intake.pipeline import IngestPipeline
from vigie.journal.models import Entry
from vigie.lib.times import LIVE
from vigie.networks import webhook
from vigie.outbox.models import Message
from vigie.people import actions
from vigie.people.models import Link, Membership, Organisation, Role, User
from vigie.posts.models import Post, SetAside, Source
from vigie.watches.models import Correction, Mention, Watch

Sign = Callable[[User], Client]


def recent(pipeline: IngestPipeline, *texts: str, **values: Any) -> None:
    """Posts of the last minutes, as the pages show them."""
    now = LIVE.now()
    pipeline.clock = LIVE
    pipeline.take(
        [
            post(i, text, published_at=now - timedelta(minutes=i + 1), observed_at=now, **values)
            for i, text in enumerate(texts)
        ]
    )


def run_jobs(pipeline: IngestPipeline) -> None:
    worker = Worker(lambda _organisation: pipeline)
    worker.look()
    while worker.busy:
        worker.step()


def test_a_newcomer_is_led_to_a_first_watch(alice: User, signed_in: Sign) -> None:
    page = signed_in(alice).get("/", follow=True)
    assert page.redirect_chain[-1][0] == "/o/acme/"
    assert "Create a first watch" in page.content.decode()


def test_a_watch_is_created_tried_and_filled(alice: User, pipeline: IngestPipeline, signed_in: Sign) -> None:
    recent(pipeline, "panne de réseau", "autre chose")
    client = signed_in(alice)
    tried = client.post("/o/acme/watches/try", {"query": "panne", "name": "Réseau"}).content.decode()
    assert "<b>1</b> of the 2 newest" in tried
    values = {
        "name": "Réseau",
        "kind": "brand",
        "query": "panne",
        "sensitivity": "more",
        "telling": "abnormal",
        "cooldown_minutes": 60,
        "influential_from": 1000,
        "names": "",
        "handles": "@reseau",
    }
    assert client.post("/o/acme/watches/new", values).status_code == 302
    run_jobs(pipeline)
    made = Watch.objects.of(alice.membership_set(manager="_base_manager").get().organisation).get(name="Réseau")  # type: ignore[attr-defined]
    assert Mention.objects.across().filter(watch=made).count() == 1
    assert Job.objects.across().get().state == "done"


def test_a_mistake_in_a_query_is_shown_under_its_character(alice: User, watch: Watch, signed_in: Sign) -> None:
    shown = signed_in(alice).post("/o/acme/watches/try", {"query": 'panne AND ("free'}).content.decode()
    assert "never closed" in shown
    assert "<b>&quot;</b>" in shown


def test_mentions_are_listed_filtered_and_searched_without_accents(
    alice: User, pipeline: IngestPipeline, signed_in: Sign
) -> None:
    recent(pipeline, "acme : la société répond, merci !", "acme c'est honteux, quelle arnaque")
    client = signed_in(alice)
    everything = client.get("/o/acme/veille/").content.decode()
    assert everything.count("data-mention=") == 2
    negative = client.get("/o/acme/veille/?sentiment=negative").content.decode()
    assert "arnaque" in negative
    assert "répond" not in negative
    assert "répond" in client.get("/o/acme/veille/?q=SOCIETE").content.decode()
    assert "No mention here" in client.get("/o/acme/veille/?q=introuvable").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "watch=999999999999999999",
        "watch=-1",
        "audience=x",
        "from=yesterday",
        "from=2026-99-99T99:99:99Z",
        "before=1-2",
        "before=99999999999999999999-1",
        "q=%00",
        "q=%22%22%22",
        "q=%28%29*%27%3B--",
        "period=never",
        "network=%F0%9F%92%A9",
        "lang='",
        "sentiment=angry",
        "q=" + "a" * 5000,
    ],
)
def test_rubbish_in_an_address_is_a_page_all_the_same(
    query: str, alice: User, pipeline: IngestPipeline, signed_in: Sign
) -> None:
    recent(pipeline, "acme")
    assert signed_in(alice).get(f"/o/acme/veille/?{query}").status_code == 200


def test_a_correction_is_kept_counted_and_can_be_undone(alice: User, pipeline: IngestPipeline, signed_in: Sign) -> None:
    recent(pipeline, "acme merci, super service")
    client, found = signed_in(alice), Mention.objects.across().get()
    client.post(f"/o/acme/mentions/{found.pk}/correct", {"sentiment": "negative"})
    assert Mention.objects.across().get().sentiment == -1
    assert "1 sentiment corrected" in client.get("/o/acme/veille/").content.decode()
    client.post(f"/o/acme/mentions/{found.pk}/undo")
    assert Mention.objects.across().get().sentiment == 1
    assert Correction.objects.across().get().undone_at


def test_not_us_leaves_the_counts_and_proposes_an_exclusion(
    alice: User, pipeline: IngestPipeline, signed_in: Sign
) -> None:
    recent(pipeline, "acme le chanteur est en concert à Lyon", "acme en panne", "acme en retard")
    client = signed_in(alice)
    found = Mention.objects.across().get(post__text__contains="chanteur")
    client.post(f"/o/acme/mentions/{found.pk}/ours", {"ours": "0"})
    page = client.get(f"/o/acme/mentions/{found.pk}/").content.decode()
    assert "no longer counts" in page
    assert "(acme) NOT" in page


def test_the_screen_leaves_as_csv_and_xlsx_and_no_cell_is_a_formula(
    alice: User, pipeline: IngestPipeline, signed_in: Sign
) -> None:
    recent(pipeline, '=HYPERLINK("http://evil") acme', "@acme +1")
    client = signed_in(alice)
    table = b"".join(client.get("/o/acme/veille/mentions.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=HYPERLINK" in table
    assert "'@acme" in table
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/o/acme/veille/mentions.xlsx").content))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 3
    assert any(str(row[7]).startswith("=HYPERLINK") for row in rows)


def test_no_text_of_a_post_is_ever_markup(alice: User, pipeline: IngestPipeline, signed_in: Sign) -> None:
    evil = "<img src=x onerror=alert(1)> acme </script><script>alert(2)</script>"
    recent(pipeline, evil, author_name=evil, url="javascript:alert(3)", author_handle="<b>x")
    client, found = signed_in(alice), Mention.objects.across().get()
    for path in ("/o/acme/", "/o/acme/veille/?q=acme", f"/o/acme/mentions/{found.pk}/"):
        page = client.get(path).content.decode()
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert "javascript:" not in page


def test_an_alert_is_read_acknowledged_and_dismissed(bob: User, acme: Organisation, signed_in: Sign) -> None:
    alert, client = rung(acme), signed_in(bob)
    assert client.get(f"/o/acme/alerts/{alert.number}/").status_code == 200
    client.post(f"/o/acme/alerts/{alert.number}/acknowledge")
    assert Alert.objects.across().get().state == "acknowledged"
    late = client.post(f"/o/acme/alerts/{alert.number}/acknowledge", follow=True).content.decode()
    assert "Somebody answered before you" in late
    client.post(f"/o/acme/alerts/{alert.number}/dismiss", {"reason": "noise", "note": "rien"})
    assert Alert.objects.across().get().dismissal == "noise"
    assert "Of 1 answered alert, 0 was useful" in client.get("/o/acme/alerts/").content.decode()


def test_a_source_is_added_shown_paused_and_removed(alice: User, acme: Organisation, signed_in: Sign) -> None:
    client = signed_in(alice)
    client.post(
        "/o/acme/sources/new/mastodon",
        {"server": "mastodon.example", "what": "tag", "value": "acme", "stream": "poll", "token": "s3cret"},
    )
    found = Source.objects.of(acme).get()
    assert "s3cret" not in found.secrets + str(found.settings)
    assert "s3cret" not in client.get(f"/o/acme/sources/{found.pk}/").content.decode()
    client.post(f"/o/acme/sources/{found.pk}/state", {"paused": "1"})
    assert Source.objects.of(acme).get().state == "paused"
    client.post(f"/o/acme/sources/{found.pk}/remove")
    assert not Source.objects.of(acme).exists()


def test_a_webhook_takes_signed_posts_in_and_refuses_others(
    alice: User, pipeline: IngestPipeline, watch: Watch, signed_in: Sign
) -> None:
    client = signed_in(alice)
    client.post("/o/acme/sources/new/webhook", {"name": "CRM"})
    source = Source.objects.across().get()
    page = client.get(f"/o/acme/sources/{source.pk}/").content.decode()
    secret = page.split('id="secret" readonly value="')[1].split('"')[0]
    body = b'[{"text": "acme en panne", "published_at": "2026-03-10T12:30:00Z", "author": "lea"}, {"text": "x"}]'
    stamp = str(int(LIVE.now().timestamp()))
    outside = Client()

    def send(signature: str) -> int:
        return outside.post(
            f"/hooks/{source.pk}",
            body,
            content_type="application/json",
            headers={"X-Vigie-Timestamp": stamp, "X-Vigie-Signature": signature},
        ).status_code

    assert send("sha256=00") == 403
    assert send("sha256=" + webhook.signature(secret, stamp, body)) == 202
    run_jobs(pipeline)
    assert Post.objects.across().get().text == "acme en panne"
    assert SetAside.objects.across().get().reason == "the date is missing"


def test_a_file_is_taken_in_and_an_unknown_one_asks_for_its_columns(
    alice: User, pipeline: IngestPipeline, watch: Watch, signed_in: Sign
) -> None:
    client = signed_in(alice)
    good = SimpleUploadedFile("good.csv", b"date,text,author\n2026-03-01 10:00,acme,lea\nnever,acme,bob\n")
    assert client.post("/o/acme/sources/file", {"file": good, "zone": "UTC"}).status_code == 302
    run_jobs(pipeline)
    assert Mention.objects.across().count() == 1
    assert SetAside.objects.across().count() == 1
    odd = SimpleUploadedFile("odd.csv", b"quand,quoi\n2026-03-02 10:00,acme aussi\n")
    page = client.post("/o/acme/sources/file", {"file": odd, "zone": "UTC"}).content.decode()
    assert "were not recognised" in page
    kept = page.split('name="kept" value="')[1].split('"')[0]
    client.post(
        "/o/acme/sources/file",
        {
            "kept": kept,
            "name": "odd.csv",
            "zone": "UTC",
            "column-0": "quand",
            "field-0": "published_at",
            "column-1": "quoi",
            "field-1": "text",
        },
    )
    run_jobs(pipeline)
    assert Mention.objects.across().count() == 2
    assert client.post("/o/acme/sources/file", {"kept": "../../secret.key", "name": "x"}).status_code == 404


def test_what_was_set_aside_can_be_tried_again(alice: User, pipeline: IngestPipeline, signed_in: Sign) -> None:
    pipeline.take([post(1, published_at=NOON.replace(year=2999))])
    client = signed_in(alice)
    assert "in the future" in client.get("/o/acme/sources/aside").content.decode()
    client.post("/o/acme/sources/aside/retry")
    run_jobs(pipeline)
    assert SetAside.objects.across().count() == 1


def test_somebody_is_invited_by_a_link_that_is_shown_only_to_whom_asks_and_opens_once(
    alice: User, acme: Organisation, signed_in: Sign
) -> None:
    client = signed_in(alice)
    answer = client.post("/o/acme/settings/people/invite", {"email": "Zoe@example.org", "role": "lead"}, follow=True)
    assert "/invitation/" not in answer.content.decode()
    link = Link.objects.get(organisation=acme)
    page = client.post(f"/o/acme/settings/links/{link.pk}/copy").content.decode()
    path = "/invitation/" + page.split("/invitation/")[1].split('"')[0]
    zoe = Client()
    assert "Alice had this link shown" in zoe.get(path, headers={"accept-language": "en"}).content.decode()
    assert zoe.post(path, {"name": "Zoé", "password": "short"}).status_code == 200
    assert zoe.post(path, {"name": "Zoé", "password": "correct horse battery"}).headers["Location"] == "/o/acme/"
    assert Membership.objects.of(acme).get(user__email="zoe@example.org").role == Role.LEAD
    assert Client().get(path).status_code == 410
    verbs = list(Entry.objects.filter(organisation_id=acme.pk).values_list("verb", flat=True))
    assert {"link.copied", "link.used"} <= set(verbs)


def test_an_invitation_never_opens_an_account_that_exists(alice: User, charlie: User, acme: Organisation) -> None:
    secret = actions.invite(acme, charlie.email, Role.ADMINISTRATOR, at=LIVE.now(), by=alice)
    answer = Client().post(f"/invitation/{secret}", {"name": "Evil", "password": "correct horse battery"})
    assert answer.headers["Location"].startswith("/accounts/login/")
    assert not Membership.objects.of(acme).filter(user=charlie).exists()


def test_a_one_time_link_signs_in_once(alice: User) -> None:
    path = f"/start/{actions.sign_in_link(alice, at=LIVE.now())}"
    assert Client().get(path).status_code == 200
    assert Client().post(path).status_code == 302
    assert Client().post(path).status_code == 410
    assert Client().get("/start/nonsense").status_code == 410


def test_somebody_must_remain_administrator(alice: User, acme: Organisation, signed_in: Sign) -> None:
    mine = Membership.objects.of(acme).get(user=alice)
    client = signed_in(alice)
    client.post(f"/o/acme/settings/people/{mine.pk}/role", {"role": "reader"})
    client.post(f"/o/acme/settings/people/{mine.pk}/remove")
    assert Membership.objects.of(acme).get(user=alice).role == Role.ADMINISTRATOR


def test_a_way_of_telling_is_added_to_the_duty_order_and_tried(
    alice: User, acme: Organisation, watch: Watch, signed_in: Sign
) -> None:
    client = signed_in(alice)
    values = {
        "name": "Room",
        "address": "json://example.invalid:9",
        "minimum": "orange",
        "on_duty": "on",
        "wait_minutes": 5,
        "wake_for_red": "on",
    }
    assert client.post("/o/acme/settings/duty/", values).status_code == 302
    assert Duty.objects.of(acme).get().channel == Channel.objects.of(acme).get()
    client.post("/o/acme/settings/duty/test")
    assert Message.objects.of(acme).get().reason == "test"
    assert Alert.objects.of(acme).get().test


def test_the_language_is_the_reader_s(alice: User, watch: Watch, signed_in: Sign) -> None:
    client = signed_in(alice)
    assert "Watchtower" in client.get("/o/acme/").content.decode()
    client.post("/language", {"language": "fr", "next": "//evil.example/"})
    page = client.get("/o/acme/").content.decode()
    assert "Tour de vigie" in page
    assert '<html lang="fr"' in page


def test_the_door_does_not_lead_elsewhere(alice: User, signed_in: Sign) -> None:
    answer = signed_in(alice).post("/language", {"language": "fr", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_an_administrator_cannot_reach_into_other_organisations_through_a_shared_member(
    alice: User, charlie: User, elsewhere: Organisation, signed_in: Sign
) -> None:
    secret = actions.invite(elsewhere, alice.email, Role.READER, at=LIVE.now(), by=charlie)
    hers = signed_in(alice)
    hers.get(f"/invitation/{secret}")
    assert not Membership.objects.of(elsewhere).filter(user=alice).exists(), "looking at a link joins nothing"
    alice.set_password("correct horse battery")
    alice.save()
    hers = signed_in(alice)
    hers.post(f"/invitation/{secret}")
    assert not Membership.objects.of(elsewhere).filter(user=alice).exists(), "an open browser is not enough"
    hers.post(f"/invitation/{secret}", {"password": "correct horse battery"})
    held = Membership.objects.of(elsewhere).get(user=alice)
    answer = signed_in(charlie).post(f"/o/elsewhere/settings/people/{held.pk}/reset")
    assert answer.status_code == 302, "no sign-in link is shown"


def test_an_invitation_never_lowers_a_role(alice: User, acme: Organisation, signed_in: Sign) -> None:
    secret = actions.invite(acme, alice.email, Role.READER, at=LIVE.now(), by=alice)
    signed_in(alice).post(f"/invitation/{secret}")
    assert Membership.objects.of(acme).get(user=alice).role == Role.ADMINISTRATOR


def test_a_withdrawn_invitation_no_longer_opens(alice: User, acme: Organisation, signed_in: Sign) -> None:
    secret = actions.invite(acme, "zoe@example.org", Role.READER, at=LIVE.now(), by=alice)
    signed_in(alice).post(f"/o/acme/settings/links/{Link.objects.get().pk}/withdraw")
    assert Client().get(f"/invitation/{secret}").status_code == 410


def test_a_mail_address_is_not_changed_to_somebody_else_s(alice: User, signed_in: Sign) -> None:
    assert signed_in(alice).get("/accounts/email/").headers["Location"] == "/me"


def test_an_answered_alert_calls_nobody_else(bob: User, acme: Organisation, signed_in: Sign) -> None:
    from tests.alerts.test_duty import on_duty

    on_duty(acme, "Alice", "Bob")
    alert, client = rung(acme), signed_in(bob)
    before = Message.objects.of(acme).count()
    client.post(f"/o/acme/alerts/{alert.number}/dismiss", {"reason": "noise"})
    client.post(f"/o/acme/alerts/{alert.number}/escalate")
    assert Message.objects.of(acme).count() == before


def test_a_search_finds_in_the_period_however_much_came_since(
    alice: User, pipeline: IngestPipeline, signed_in: Sign
) -> None:
    recent(pipeline, "acme panne de réseau")
    pipeline.take([post(100 + i, "acme panne ancienne") for i in range(5)])
    page = signed_in(alice).get("/o/acme/veille/?period=24h&q=panne").content.decode()
    assert "de réseau" in page
    assert "ancienne" not in page


@pytest.mark.parametrize(
    "query",
    [
        "watch=²",
        "audience=²",
        "before=²-²",
        "to=9999-12-31T23:59:59Z",
        "to=9999-12-31T23:59:59-12:00",
        "from=0001-01-01T00:00:00%2B14:00",
    ],
)
def test_odd_digits_and_far_dates_are_a_page_all_the_same(
    query: str, alice: User, pipeline: IngestPipeline, signed_in: Sign
) -> None:
    recent(pipeline, "acme")
    answer = signed_in(alice).get(f"/o/acme/veille/?{query}")
    assert answer.status_code == 200
    assert len(answer.content) < 300_000


@pytest.mark.parametrize(
    "address",
    ["syslog://", "rsyslog://127.0.0.1", "workflows://a/b/c/?template=/etc/passwd", "file:///etc/passwd", "dbus://"],
)
def test_an_address_that_would_touch_this_machine_is_refused(address: str) -> None:
    from vigie.outbox import services

    with pytest.raises(services.BadAddress):
        services.checked_service(address)


def test_a_mail_address_cannot_carry_options_of_the_mail_server(settings: Any) -> None:
    from vigie.outbox import services

    settings.MAIL_URL = "mailtos://alert:secret@mail.example"
    with pytest.raises(services.BadAddress):
        services.checked_mail("victim@x.org&smtp=evil.example&port=2525")
    assert "smtp" not in services._target("mail:victim@x.org").partition("?")[2]


@pytest.mark.parametrize(("stamp", "signature"), [("²", "00"), ("9" * 5000, "00"), ("1", "é")])
def test_a_webhook_answers_rubbish_calmly(stamp: str, signature: str) -> None:
    assert not webhook.genuine("secret", stamp, signature, b"", 1000.0)


def test_a_deeply_nested_message_is_set_aside() -> None:
    found = webhook.parse(b"[" * 100_000)
    assert (found.records, len(found.rejected)) == ([], 1)


def test_a_feed_is_never_taken_for_the_name_of_a_file(tmp_path: Any) -> None:
    from vigie.networks import rss
    from vigie.networks.record import Misconfigured

    local = tmp_path / "feed.xml"
    local.write_text("<rss version='2.0'><channel><item><title>secret</title></item></channel></rss>")
    with pytest.raises(Misconfigured):
        rss.parse(str(local).encode(), "text/plain", "https://evil.example")


def test_a_sheet_that_is_cut_says_so_and_the_csv_has_all(
    alice: User, pipeline: IngestPipeline, signed_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vigie.web.screens.veille import export

    monkeypatch.setattr(export, "EXPORT", 2)
    recent(pipeline, "acme un", "acme deux", "acme trois")
    client = signed_in(alice)
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/o/acme/veille/mentions.xlsx").content))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 4
    assert "newest 2 mentions" in str(rows[-1][0])
    table = b"".join(client.get("/o/acme/veille/mentions.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert table.count("acme ") == 3
