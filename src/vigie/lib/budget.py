"""Work on what strangers send, bounded in processor time: done in a process of its own, which ends with its budget."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

T = TypeVar("T")


class OverBudget(RuntimeError):
    """The work was cut off."""


def _limit(seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def within(seconds: int, act: Callable[..., T], *given: object) -> T:
    """What `act` returns, if it needs at most so many seconds of processor time; raises OverBudget, or what it raises.

    `act`, what it is given and what it returns travel between processes.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=_limit, initargs=(seconds,)) as pool:
        try:
            return pool.submit(act, *given).result()
        except BrokenProcessPool as error:
            raise OverBudget(f"cut off after {seconds} s of processor time") from error
