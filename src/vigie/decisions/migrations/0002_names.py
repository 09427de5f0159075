"""A legal deadline is not a clock."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("decisions", "0001_begin")]
    operations = [
        migrations.RenameModel("Clock", "LegalDeadline"),
    ]
