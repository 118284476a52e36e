"""Reading on while the database works: the next part of a list is read by a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

from django.utils import translation

T = TypeVar("T")
_PARTS_AHEAD = 2
_LOOKS_UP_SECONDS = 0.2


class _End:
    """The last thing in the queue: the parts are over, or what stopped them."""

    def __init__(self, fault: BaseException | None = None) -> None:
        self.fault = fault


def read_ahead(parts: Iterator[T]) -> Iterator[T]:
    """The same parts in the same order, at most a few of them waiting; what `parts` raises is raised here.

    `parts` must not ask the database: a thread has a connection of its own, outside the transaction.
    """
    waiting: queue.Queue[T | _End] = queue.Queue(_PARTS_AHEAD)
    over, language = threading.Event(), translation.get_language()

    def put(part: T | _End) -> bool:
        while not over.is_set():
            try:
                waiting.put(part, timeout=_LOOKS_UP_SECONDS)
                return True
            except queue.Full:
                continue
        return False

    def read() -> None:
        try:
            with translation.override(language):
                for part in parts:
                    if not put(part):
                        return
            put(_End())
        except BaseException as fault:
            put(_End(fault))

    reader = threading.Thread(target=read, name="read-ahead", daemon=True)
    reader.start()
    try:
        while not isinstance(part := waiting.get(), _End):
            yield part
        if part.fault is not None:
            raise part.fault
    finally:
        over.set()
        reader.join()
