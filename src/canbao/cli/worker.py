"""The worker: a child process that does long works out of the database's queue, and dies with its parent.

A worker that is killed leaves its job behind as begun. Every worker looks for such jobs all the time and takes up those
whose worker has given no sign of life for a while; the works themselves may be begun anew at any point.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_STOP_SECONDS_MAX = 10
_PR_SET_PDEATHSIG = 1
_SIGN_OF_LIFE_SECONDS = 3
# A long list must not keep the bills of a village waiting.
_WORKS_AT_ONCE = 2


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """The worker for as long as the block lasts. A job that is not done by then is done at the next start."""
    # In a session of its own, like the web server: Ctrl-C reaches only the parent.
    process = subprocess.Popen([sys.executable, "-m", "canbao.cli.worker", str(os.getpid())], start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def work(parent: int) -> None:
    """Do jobs until told to stop, or until the process `parent` is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        # It was killed before Linux knew that we want to be told.
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbao.settings")
    import django

    django.setup()
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    from canbao.intake.jobs import DEAD_AFTER_SECONDS

    if not isinstance(app.connector, DjangoConnector):
        raise TypeError("the queue must lie in the database of the app")
    with app.replace_connector(app.connector.get_worker_connector()) as own:
        own.run_worker(
            concurrency=_WORKS_AT_ONCE,
            delete_jobs="successful",
            update_heartbeat_interval=_SIGN_OF_LIFE_SECONDS,
            stalled_worker_timeout=DEAD_AFTER_SECONDS,
            shutdown_graceful_timeout=_STOP_SECONDS_MAX / 2,
        )


if __name__ == "__main__":
    work(int(sys.argv[1]))
