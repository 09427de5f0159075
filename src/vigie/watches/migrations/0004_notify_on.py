"""What a watch tells is called as the field calls it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("watches", "0003_persistence")]
    operations = [
        migrations.RenameField("watch", "told", "notify_on"),
    ]
