"""A chain that does not verify goes on in a segment of its own; what was erased before is known to have been."""

from django.db import migrations, models


def remember(apps, editor):
    """Lines without words, from before erasures were entries."""
    Head, Entry, Payload = (apps.get_model("journal", name) for name in ("Head", "Entry", "Payload"))
    for head in Head.objects.all():
        entries = set(Entry.objects.filter(organisation_id=head.organisation_id).values_list("seq", flat=True))
        worded = set(Payload.objects.filter(organisation_id=head.organisation_id).values_list("seq", flat=True))
        if gone := sorted(entries - worded):
            Head.objects.filter(pk=head.pk).update(erased_before=gone)


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_canonical_words")]
    operations = [
        migrations.AddField("head", "segment", models.PositiveBigIntegerField(default=0)),
        migrations.AddField("head", "erased_before", models.JSONField(default=list)),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
