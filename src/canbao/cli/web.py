"""The web server: a child process that answers on one port and dies with its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from canbao.kernel import deployment

PORT_FIRST = 8000
_PORTS_TRIED = 50
_START_SECONDS_MAX = 60
_STOP_SECONDS_MAX = 15
_WORKER_STOP_SECONDS_MAX = 5
_PR_SET_PDEATHSIG = 1


class WebFault(Exception):
    """The web server cannot be had; the message is one sentence that says why and what to do."""


def free_port(host: str) -> int:
    """CANBAO_PORT, which must be free, else the first free port from 8000 on. Raises WebFault."""
    wanted = os.environ.get("CANBAO_PORT")
    if wanted:
        if not wanted.isdigit() or not 0 < int(wanted) < 1 << 16:
            raise WebFault(f"CANBAO_PORT is {wanted!r}, which is no port: give a number from 1 to 65535.")
        if not _is_free(host, int(wanted)):
            raise WebFault(f"Port {wanted} is taken on {host}: choose another with CANBAO_PORT, or leave it unset.")
        return int(wanted)
    for port in range(PORT_FIRST, PORT_FIRST + _PORTS_TRIED):
        if _is_free(host, port):
            return port
    raise WebFault(
        f"No port from {PORT_FIRST} to {PORT_FIRST + _PORTS_TRIED - 1} is free on {host}: choose one with CANBAO_PORT."
    )


@contextmanager
def web_server(host: str, port: int, *, workers: int, threads: int) -> Iterator[subprocess.Popen[bytes]]:
    """The server, once it answers; stopped at the end of the block. Raises WebFault if it does not come up."""
    command = [sys.executable, "-m", "canbao.cli.web", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", str(threads), "--respawn-failed-workers"]
    # A worker that is still starting misses the request to stop, and would be waited for without end.
    command += ["--workers-kill-timeout", str(_WORKER_STOP_SECONDS_MAX)]
    command += ["--no-ws", "--log-level", "warning", "canbao.wsgi:application"]
    # In a session of its own: Ctrl-C reaches only the parent, which stops things in order.
    server = subprocess.Popen(command, start_new_session=True)
    try:
        _wait_until_it_answers(server, f"http://{_reachable(host)}:{port}/healthz", deployment.hosts(os.environ)[0])
        yield server
    finally:
        server.terminate()
        try:
            server.wait(_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def page_url(host: str, port: int) -> str:
    """The address for people."""
    return f"http://{_reachable(host)}:{port}/"


def _reachable(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _wait_until_it_answers(server: subprocess.Popen[bytes], url: str, name: str) -> None:
    """`name` is one that the server answers to, as CANBAO_HOSTS has it."""
    asked = urllib.request.Request(url, headers={"Host": name.removeprefix(".")})
    # Straight to the machine itself: a proxy from the environment would not know it.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _START_SECONDS_MAX
    while time.monotonic() < deadline and server.poll() is None:
        try:
            opener.open(asked, timeout=5).close()
            return
        except urllib.error.HTTPError as fault:
            raise WebFault(f"The web server answers {fault.code} at {url}: what it said stands above.") from None
        except OSError:
            time.sleep(0.1)
    raise WebFault("The web server did not come up: what it said stands above.")


def _become_granian(args: list[str]) -> None:
    """Turn this process into the server, to be ended by Linux if its parent is killed: no orphan holds the port."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    os.execv(sys.executable, [sys.executable, "-m", "granian", *args])


if __name__ == "__main__":
    _become_granian(sys.argv[1:])
