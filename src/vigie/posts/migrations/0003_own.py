"""A post remembers that its source said it is the organisation's own, so that a new watch counts it as own too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0002_search")]
    operations = [
        # By hand: Django would copy the whole table on SQLite.
        migrations.RunSQL(
            "ALTER TABLE posts_post ADD COLUMN own bool NOT NULL DEFAULT false",
            "ALTER TABLE posts_post DROP COLUMN own",
            state_operations=[migrations.AddField("post", "own", models.BooleanField(default=False))],
        ),
    ]
