"""How a process that works through many small objects treats its memory."""

from __future__ import annotations

import gc


def for_streams() -> None:
    """Look for circular rubbish seldom: batches of posts make none, and searching them took a fifth of the time.

    What lives now lives on: it is never searched again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
