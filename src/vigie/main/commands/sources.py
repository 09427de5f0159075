"""`vigie sources`: what a data directory reads, and how that goes."""

from __future__ import annotations

import argparse
import json

from vigie.main import start


def add(options: argparse.ArgumentParser) -> None:
    options.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    start.django()
    from vigie.lib.times import iso
    from vigie.posts.models import Source

    for source in Source.objects.across().select_related("organisation"):
        told = {
            "id": source.pk,
            "organisation": source.organisation.slug,
            "network": source.network,
            "name": source.name,
            "state": source.state,
            "error": source.error,
            "lag_seconds": source.lag_seconds,
            "posts": source.posts_read,
            "last_success_at": iso(source.last_success_at) if source.last_success_at else None,
        }
        if options.json:
            print(json.dumps(told, ensure_ascii=False))
        else:
            print(
                f"{source.pk}  {source.network}  {source.name}  {source.state}  "
                f"{told['last_success_at'] or '-'}  {source.error}"
            )
    return 0
