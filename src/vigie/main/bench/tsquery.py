"""What PostgreSQL does by itself: texts as tsvector, watches as tsquery, matched in the database, batch by batch.

It stores texts, mentions and hourly counts; it understands nothing, finds no copies, and detects nothing.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import time
from pathlib import Path
from typing import Any

BATCH = 2_000
TABLES = """
CREATE TEMP TABLE post (id text PRIMARY KEY, at timestamptz, content text, words tsvector);
CREATE TEMP TABLE watch (id int PRIMARY KEY, query tsquery);
CREATE TEMP TABLE mention (post text, watch int);
CREATE TEMP TABLE hour (watch int, start bigint, n bigint, PRIMARY KEY (watch, start));
"""
MATCH = """WITH fresh AS (
    INSERT INTO post SELECT id, at::timestamptz, content, to_tsvector('simple', content)
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS t(id, at, content) ON CONFLICT DO NOTHING
    RETURNING id, at, words
), met AS (
    INSERT INTO mention SELECT fresh.id, watch.id FROM fresh JOIN watch ON fresh.words @@ watch.query
    RETURNING post, watch
)
INSERT INTO hour SELECT met.watch, extract(epoch FROM fresh.at)::bigint / 3600, count(*)
FROM met JOIN fresh ON fresh.id = met.post GROUP BY 1, 2
ON CONFLICT (watch, start) DO UPDATE SET n = hour.n + excluded.n"""


def measure(path: Path, queries: list[str], count: int) -> dict[str, Any] | None:
    """Posts a second on the first `count` lines; None where no server is named in VIGIE_BENCH_POSTGRES."""
    import psycopg

    address = os.environ.get("VIGIE_BENCH_POSTGRES", "")
    if not address:
        return None
    with psycopg.connect(address) as server, server.cursor() as cursor, path.open("rb") as file:
        cursor.execute(TABLES)
        cursor.executemany("INSERT INTO watch VALUES (%s, plainto_tsquery('simple', %s))", list(enumerate(queries)))
        version = server.info.server_version
        begun, done = time.perf_counter(), 0
        lines = itertools.islice(file, count)
        while chunk := [json.loads(line) for line in itertools.islice(lines, BATCH)]:
            texts = [re.sub(r"<[^>]+>", "", status["content"]) for status in chunk]
            cursor.execute(MATCH, ([s["uri"] for s in chunk], [s["created_at"] for s in chunk], texts))
            server.commit()
            done += len(chunk)
        took = time.perf_counter() - begun
        cursor.execute("SELECT count(*) FROM mention")
        mentions = (cursor.fetchone() or [0])[0]
    return {"posts": done, "mentions": mentions, "posts_per_s": round(done / took, 1), "postgresql": version}
