"""How long the posts of a source are kept, and whose posts are no longer taken in."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0004_keep_days"), ("posts", "0003_own")]
    operations = [
        migrations.AddField(
            "source",
            "keep_days",
            models.PositiveIntegerField(blank=True, null=True, verbose_name="Posts are kept (days)"),
        ),
        migrations.CreateModel(
            "ForgottenAuthor",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.CharField(max_length=64)),
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="people.organisation"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "fingerprint"), name="one_mark_an_author")
                ],
            },
        ),
    ]
