"""The simulated partners of the demo's channels: a child process that dies with its parent."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from canbao.cli.start import data_folder, is_production

_STOP_SECONDS_MAX = 5


@contextmanager
def simulated_partners(ours: str) -> Iterator[None]:
    """The partners of the program at the address `ours`, for as long as the block lasts; none where real people are."""
    if is_production() or os.environ.get("CANBAO_DEMO") == "0":
        yield
        return
    from canbao.demo.outside import agreements
    from canbao.kernel.clock import ShiftedClock

    port = _free_port()
    days = int(os.environ.get("CANBAO_CLOCK_SHIFT_DAYS", "0"))
    file = agreements.write(data_folder(), f"http://127.0.0.1:{port}", ours, ShiftedClock(days))
    command = [sys.executable, "-m", "canbao.demo.outside.server", str(port), str(file), str(os.getpid())]
    process = subprocess.Popen(command, start_new_session=True)
    # The web server and the worker are children of this process, and inherit it.
    os.environ.setdefault("CANBAO_MESSAGES_URL", f"http://127.0.0.1:{port}/messages")
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
