"""The stream of a personal data server: frames of DAG-CBOR whose blocks hold the new records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import libipld
import msgspec

from vigie.networks.record import Record

from . import shape


def posts(frames: Iterable[Any]) -> Iterator[tuple[Record | None, dict[str, Any]]]:
    """Posts with the place that each frame stands at; a frame that cannot be read is passed over."""
    for frame in frames:
        if frame is None:
            yield None, {}
            continue
        try:
            header, body = libipld.decode_dag_cbor_multi(frame)
        except ValueError:
            continue
        if header.get("t") != "#commit" or "seq" not in body:
            continue
        place = {"seq": body["seq"]}
        yield None, place
        for record in _commit(body):
            yield record, place


def _commit(body: dict[str, Any]) -> Iterator[Record]:
    seen = _moment(body.get("time", ""))
    blocks: dict[Any, Any] | None = None
    for op in body.get("ops") or []:
        path = op.get("path", "")
        if not path.startswith(shape.POSTS + "/"):
            continue
        uri = f"at://{body['repo']}/{path}"
        if op.get("action") == "delete":
            yield Record(network="bluesky", external_id=uri, text="", published_at=seen, observed_at=seen, deleted=True)
            continue
        if blocks is None:
            blocks = libipld.decode_car(bytes(body.get("blocks") or b""))[1]
        found = blocks.get(op.get("cid")) if op.get("cid") else None
        if isinstance(found, dict):
            try:
                post = msgspec.convert(found, shape.Post, strict=False)
            except msgspec.ValidationError:
                continue
            record = shape.from_record(uri, post, body["repo"], "", seen)
            record.observed_at = seen
            yield record


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return datetime.now(UTC)
