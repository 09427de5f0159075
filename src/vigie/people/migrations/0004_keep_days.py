"""How long posts are kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0003_clocks_and_links")]
    operations = [
        migrations.AddField(
            "organisation",
            "keep_days",
            models.PositiveIntegerField(blank=True, null=True, verbose_name="Posts are kept (days)"),
        ),
    ]
