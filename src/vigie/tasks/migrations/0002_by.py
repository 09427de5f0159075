"""Who wrote a task: so that a person's words can be found, and forgotten."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def find_writers(apps, editor):
    """Tasks of before: the journal knows who wrote them."""
    Task, Entry, Payload = apps.get_model("tasks", "Task"), *(apps.get_model("journal", n) for n in ("Entry", "Payload"))
    known = set(apps.get_model("people", "User").objects.values_list("pk", flat=True))
    for entry in Entry.objects.filter(verb="task.added", actor_id__in=known):
        words = Payload.objects.filter(organisation_id=entry.organisation_id, seq=entry.seq).first()
        number = entry.subject.partition(":")[2]
        if words is not None and number.isdigit():
            Task.objects.filter(
                organisation_id=entry.organisation_id, crisis__number=int(number), number=words.body.get("number")
            ).update(by=entry.actor_id)


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0001_begin"),
        ("journal", "0004_whole_from"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            "task",
            "by",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.RunPython(find_writers, migrations.RunPython.noop),
    ]
