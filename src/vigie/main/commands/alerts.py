"""`vigie alerts`: what a data directory holds."""

from __future__ import annotations

import argparse
import json

from vigie.main import start


def add(options: argparse.ArgumentParser) -> None:
    options.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    start.django()
    from vigie.alerts import words
    from vigie.alerts.models import Alert

    found = Alert.objects.across().filter(test=False).select_related("watch", "organisation").order_by("raised_at")
    for alert in found:
        told = {**words.as_json(alert), "state": alert.state, "organisation": alert.organisation.slug}
        if options.json:
            print(json.dumps(told, ensure_ascii=False))
        else:
            print(f"{told['raised_at']}  {alert.level}  {alert.score}/100  {alert.watch.name}  {alert.state}")
            for reason in told["reasons"]:
                print(f"  {reason}")
    return 0
