"""Reading something that may be silent for long, without being silent oneself."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")


class _End:
    """After the last item; `error` is what ended it, if anything did."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def paced(items: Iterator[T], beat: float, room: int = 1_000) -> Iterator[T | None]:
    """Items as they come, and None whenever none came for `beat` seconds.

    They are read in a thread of their own, which waits when nobody takes. An error comes after all that was read.
    """
    held: queue.Queue[T | _End] = queue.Queue(room)
    left = threading.Event()

    def put(item: T | _End) -> bool:
        while not left.is_set():
            try:
                held.put(item, timeout=0.5)
                return True
            except queue.Full:
                continue
        return False

    def read() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                if not put(item):
                    return
        except Exception as caught:
            error = caught
        put(_End(error))

    threading.Thread(target=read, name="paced", daemon=True).start()
    try:
        while True:
            try:
                item = held.get(timeout=beat)
            except queue.Empty:
                yield None
                continue
            if isinstance(item, _End):
                if item.error:
                    raise item.error
                return
            yield item
    finally:
        left.set()
