"""Messages that leave lie in the outbox: those that wait are moved there, and so is the record of those that left."""

import json

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import migrations

KINDS = {"call": "call", "report": "report", "mention": "mention", "bulletin": "bulletin"}
URGENCY = {"alert": 1, "call": 1, "report": 3, "mention": 4, "bulletin": 6}


def lane(sealed):
    """The service behind an address, as the outbox names it."""
    try:
        address = json.loads(Fernet(settings.VAULT_KEY.read_bytes()).decrypt(sealed.encode()))
    except (OSError, ValueError, InvalidToken):
        return "unknown"
    if address.startswith("mail:"):
        return "mail"
    scheme, _sep, rest = address.partition("://")
    return f"{scheme}:{rest.partition('/')[0].rpartition('@')[2]}"[:120].lower()


def subject(notice):
    letter = notice.letter
    if notice.alert_id:
        return f"alert:{notice.alert.number}"
    if letter.get("kind") == "call":
        return f"call:{letter['participant']}"
    return f"watch:{letter['watch']}" if "watch" in letter else ""


def move(apps, editor):
    Notice, Message = apps.get_model("alerts", "Notice"), apps.get_model("outbox", "Message")
    for notice in Notice.objects.select_related("channel", "alert").order_by("pk").iterator():
        kind = "alert" if notice.alert_id else KINDS.get(notice.letter.get("kind"))
        if kind is None:
            continue
        payload = {k: v for k, v in notice.letter.items() if k != "kind"}
        Message.objects.create(
            organisation_id=notice.organisation_id,
            kind=kind,
            payload={"alert": notice.alert_id} if notice.alert_id else payload,
            subject=subject(notice),
            where=f"channel:{notice.channel_id}",
            name=notice.channel.name,
            lane=lane(notice.channel.address),
            reason=notice.reason,
            once=bool(notice.alert_id and notice.alert.test),
            urgency=URGENCY[kind],
            state=notice.state,
            attempts=notice.attempts,
            asked_at=notice.asked_at,
            due_at=notice.due_at,
            sent_at=notice.sent_at,
            error=notice.error,
        )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_also"), ("outbox", "0001_begin")]
    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.DeleteModel("Notice"),
    ]
