"""Our Bluesky reader against a real server of the AT protocol."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from vigie.intake.pipeline import IngestPipeline
from vigie.lib.times import LIVE
from vigie.networks import bluesky
from vigie.posts.models import Post
from vigie.watches.models import Mention

pytestmark = pytest.mark.peer
PACKAGE = "@atproto/dev-env@0.3.215"


@pytest.fixture(scope="module")
def pds() -> Iterator[str]:
    """The address of a personal data server of our own."""
    folder = Path(os.environ.get("VIGIE_PEERS") or Path(tempfile.gettempdir()) / "vigie-peers")
    folder.mkdir(exist_ok=True)
    if not (folder / "node_modules" / "@atproto" / "dev-env").exists():
        (folder / "package.json").write_text("{}")
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", PACKAGE], cwd=folder, check=True, capture_output=True
        )
    shutil.copy(Path(__file__).with_name("pds.cjs"), folder)
    process = subprocess.Popen(
        ["node", "pds.cjs"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    address = next(line.split()[1] for line in process.stdout if line.startswith("URL "))
    yield address
    process.stdin.close()
    process.wait(20)
    process.stdout.close()


class Person:
    """Somebody with an account there."""

    def __init__(self, pds: str, name: str) -> None:
        self.pds, self.handle = pds, f"{name}.test"
        body = {"handle": self.handle, "email": f"{name}@example.org", "password": "correct horse battery"}
        answer = httpx.post(f"{pds}/xrpc/com.atproto.server.createAccount", json=body).raise_for_status().json()
        self.did, self.token = answer["did"], answer["accessJwt"]

    def call(self, what: str, **body: Any) -> dict[str, Any]:
        answer = httpx.post(
            f"{self.pds}/xrpc/com.atproto.repo.{what}",
            json={"repo": self.did, "collection": "app.bsky.feed.post", **body},
            headers={"Authorization": f"Bearer {self.token}"},
        )
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def says(self, text: str) -> str:
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-03-10T12:00:00.000Z", "langs": ["fr"]}
        return str(self.call("createRecord", record=record)["uri"])


def test_the_posts_of_an_account_are_read_once(pds: str) -> None:
    lea = Person(pds, "lea")
    uris = [lea.says(f"acme est en panne, message {n}") for n in range(3)]
    settings = {"what": "account", "value": lea.handle, "server": pds}
    [first] = bluesky.read(settings, {})
    [second] = bluesky.read(settings, first.cursor)
    assert {r.external_id for r in first.records} == set(uris)
    assert {r.author_handle for r in first.records} == {lea.handle}
    assert second.records == []


def test_the_stream_of_a_server_brings_posts_and_deletions_from_where_we_were(
    pds: str, pipeline: IngestPipeline
) -> None:
    bob = Person(pds, "bob")
    kept = bob.says("ACME ne répond plus, quelle honte")
    gone = bob.says("acme, un message que je vais retirer")
    bob.call("deleteRecord", rkey=gone.rsplit("/", 1)[1])
    last = bob.says("fin")
    seen: list[Any] = []
    cursor: dict[str, Any] = {"seq": 0}
    for batch in bluesky.read({"what": "firehose", "server": pds}, cursor):
        seen += batch.records
        cursor = batch.cursor or cursor
        if any(r.external_id == last for r in seen):
            break
    pipeline.clock = LIVE
    pipeline.take(seen)
    found = {p.external_id: p for p in Post.objects.of(pipeline.organisation)}
    assert kept in found
    assert (found[kept].lang, found[kept].author_id) == ("fr", bob.did)
    assert found[gone].deleted, "it was said all the same"
    assert Mention.objects.of(pipeline.organisation).filter(post__external_id=kept, sentiment=-1).exists()
    assert cursor["seq"] > 0
