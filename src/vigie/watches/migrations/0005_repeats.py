"""Of the mentions of one post, one stands for it where all watches are looked at together; the others repeat it."""

from django.db import migrations, models

RANKED = """UPDATE watches_mention SET repeats = true WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY post_id ORDER BY not_ours, own, id) AS place FROM watches_mention
    ) ranked WHERE place > 1
)"""


def remember_own(apps, editor):
    """Own posts that are no watched account's: the file that brought them said so."""
    rows = apps.get_model("watches", "Mention").objects.filter(own=True).select_related("post", "watch__entity")
    declared = set()
    for mention in rows.iterator(chunk_size=2_000):
        handles = {str(handle).lstrip("@").lower() for handle in mention.watch.entity.handles}
        if mention.post.author_handle.lstrip("@").lower() not in handles:
            declared.add(mention.post_id)
    with editor.connection.cursor() as cursor:
        cursor.executemany("UPDATE posts_post SET own = true WHERE id = %s", [(pk,) for pk in sorted(declared)])


class Migration(migrations.Migration):
    dependencies = [("watches", "0004_notify_on"), ("posts", "0003_own")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE watches_mention ADD COLUMN repeats bool NOT NULL DEFAULT false",
            "ALTER TABLE watches_mention DROP COLUMN repeats",
            state_operations=[migrations.AddField("mention", "repeats", models.BooleanField(default=False))],
        ),
        migrations.RunSQL(RANKED, migrations.RunSQL.noop),
        migrations.RunPython(remember_own, migrations.RunPython.noop),
    ]
