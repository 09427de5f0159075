"""The full-text search table, in the words of each store."""

from django.db import migrations

POSTGRESQL = [
    "CREATE TABLE posts_search (id bigint PRIMARY KEY, words tsvector NOT NULL)",
    "CREATE INDEX posts_search_words ON posts_search USING gin (words)",
]
SQLITE = [
    "CREATE VIRTUAL TABLE posts_search USING fts5(words, content='', tokenize='unicode61 remove_diacritics 2')",
]


def create(apps, editor):
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


def drop(apps, editor):
    editor.execute("DROP TABLE posts_search")


class Migration(migrations.Migration):
    dependencies = [("posts", "0001_begin")]
    operations = [migrations.RunPython(create, drop)]
