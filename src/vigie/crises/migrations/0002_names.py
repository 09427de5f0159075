"""Tables bear the names that an engineer of the field guesses."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("crises", "0001_begin")]
    operations = [
        migrations.RenameField("report", "told", "recipients"),
        migrations.RenameModel("Mode", "PublishingFreeze"),
        migrations.RenameModel("Card", "SituationShare"),
    ]
