"""Counts of posts that another watch's mention stands for lie in rows of their own."""

from django.db import migrations, models

COLUMNS = ["mentions", "own", "negative", "neutral", "positive", "sensitive", "influential", "audience"]
SUMS = """
    sum(CASE WHEN own THEN 0 ELSE 1 END), sum(CASE WHEN own THEN 1 ELSE 0 END),
    sum(CASE WHEN NOT own AND sentiment < 0 THEN 1 ELSE 0 END),
    sum(CASE WHEN NOT own AND sentiment = 0 THEN 1 ELSE 0 END),
    sum(CASE WHEN NOT own AND sentiment > 0 THEN 1 ELSE 0 END),
    sum(CASE WHEN NOT own AND sensitive THEN 1 ELSE 0 END),
    sum(CASE WHEN NOT own AND influential THEN 1 ELSE 0 END),
    sum(CASE WHEN own THEN 0 ELSE audience END)"""


def move(apps, editor):
    """Take the repeating mentions out of the rows that they are counted in, into rows of their own."""
    for table, unit in (("trends_minutecount", 60_000), ("trends_hourcount", 3_600_000)):
        with editor.connection.cursor() as cursor:
            cursor.execute(
                f"SELECT organisation_id, watch_id, network, published_at / {unit}, {SUMS} FROM watches_mention "
                f"WHERE repeats AND NOT not_ours GROUP BY organisation_id, watch_id, network, published_at / {unit}"
            )
            rows = cursor.fetchall()
            less = ", ".join(f"{name} = {name} - %s" for name in COLUMNS)
            cursor.executemany(
                f"UPDATE {table} SET {less} WHERE watch_id = %s AND network = %s AND start = %s AND NOT repeats",
                [[*row[4:], *row[1:4]] for row in rows],
            )
            names = ", ".join(["organisation_id", "watch_id", "network", "start", *COLUMNS])
            places = ", ".join(["%s"] * 12)
            cursor.executemany(f"INSERT INTO {table} ({names}, repeats) VALUES ({places}, true)", rows)


def keys(model, name):
    fields = ["watch", "start", "network"]
    return [
        migrations.AddField(model, "repeats", models.BooleanField(default=False)),
        migrations.RemoveConstraint(model, name),
        migrations.AddConstraint(model, models.UniqueConstraint(fields=[*fields, "repeats"], name=name)),
    ]


class Migration(migrations.Migration):
    # On PostgreSQL rows that wait for their constraints and a change of the table cannot share a transaction.
    atomic = False
    dependencies = [("trends", "0001_begin"), ("watches", "0005_repeats")]
    operations = [
        *keys("minutecount", "one_minute_count"),
        *keys("hourcount", "one_hour_count"),
        migrations.RunPython(move, migrations.RunPython.noop, atomic=True),
    ]
