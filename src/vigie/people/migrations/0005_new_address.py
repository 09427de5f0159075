"""A third kind of link: the one that a new mail address must open."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0004_keep_days")]
    operations = [
        migrations.AlterField(
            "link",
            "kind",
            models.CharField(
                choices=[("sign_in", "Sign In"), ("invitation", "Invitation"), ("address", "Address")], max_length=10
            ),
        ),
    ]
