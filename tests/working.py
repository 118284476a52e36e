"""The worker as a process of its own on the test's database, and how to wait for what it does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TypeVar

from django.db import connection

from canbao.cli.database import roles
from canbao.cli.database.server import PrivateServer
from canbao.kernel.clock import SystemClock

T = TypeVar("T")
_LOOKS_MAX, _LOOK_SECONDS = 1200, 0.05


@contextmanager
def working(postgres: PrivateServer, today: date | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that lives on a day until the block ends; what it is at then is killed."""
    shift = (today - SystemClock().today()).days if today else 0
    url = postgres.url(roles.APP, str(connection.settings_dict["NAME"]))
    command = [sys.executable, "-m", "canbao.cli.worker", str(os.getpid())]
    process = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url, "CANBAO_CLOCK_SHIFT_DAYS": str(shift)})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(look: Callable[[], T | None]) -> T:
    """What `look` finds, as soon as it finds something; AssertionError if that takes a minute and more."""
    for _ in range(_LOOKS_MAX):
        if found := look():
            return found
        time.sleep(_LOOK_SECONDS)
    raise AssertionError("the worker never came so far")
