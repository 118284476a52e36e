"""`canbao run`: everything up, one URL printed, and on Ctrl-C everything down again."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from types import FrameType
from typing import TYPE_CHECKING

from canbao.cli.database import safety
from canbao.cli.keys import refuse_unknown_keys
from canbao.cli.outside import simulated_partners
from canbao.cli.register import load_register
from canbao.cli.start import data_folder, database, is_production, migrated
from canbao.cli.web import free_port, page_url, web_server
from canbao.cli.worker import worker

if TYPE_CHECKING:
    from canbao.policy.policy import Policy


def run() -> int:
    """Start the product and stay until it is told to stop. Raises DatabaseFault, UnsafeSettings or WebFault."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    data_folder().mkdir(parents=True, exist_ok=True)
    with (data_folder() / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            _say(f"参保已在运行 · Canbao runs here already: {lock.read().strip() or 'it is just starting'}")
            return 0
        lock.truncate(0)
        try:
            return _serve(lock)
        except KeyboardInterrupt:
            _say("\n已停止，数据保留 · Stopped; the data are kept")
            return 0
        finally:
            lock.truncate(0)


def _serve(lock: TextIOWrapper) -> int:
    host = os.environ.get("CANBAO_HOST", "127.0.0.1")
    port = free_port(host)
    _say("参保启动 · Canbao starts")
    since = time.monotonic()
    with database() as place, _stopping_undisturbed():
        _done("数据库 database", since)
        if place.elsewhere is not None:
            _detail(f"数据在 {place.elsewhere} · The data lie there: the database's user cannot reach {data_folder()}")
        with _step("数据表 tables"):
            migrated(place)
        refuse_unknown_keys()
        for sentence in safety.check(place.app_url, production=is_production()):
            _say(f"  ! {sentence}")
        with _step("页面文件 browser files"):
            _collect_static_files()
        with _step("政策 policies"):
            policies = _load_policies()
        logins = load_register(policies, _detail)
        from django.conf import settings

        with (
            simulated_partners(page_url(host, port).rstrip("/")),
            web_server(host, port, workers=settings.WORKERS, threads=settings.CALLERS) as server,
            worker(),
        ):
            lock.write(page_url(host, port))
            lock.flush()
            _welcome(page_url(host, port), logins)
            # Polars sets the signals so that waiting for a process goes on after Ctrl-C; a sleep ends.
            while server.poll() is None:
                time.sleep(1)
            return server.returncode


def _collect_static_files() -> None:
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def _load_policies() -> list[Policy]:
    from canbao.policy import policies

    return [policies.get(policy_id) for policy_id in policies.ids()]


def _welcome(url: str, logins: list[str]) -> None:
    _say(f"\n  打开 Open   {url}\n")
    for line in logins:
        _say(f"  {line}")
    _say("\n  按 Ctrl-C 停止 · Ctrl-C stops everything\n")


@contextmanager
def _step(name: str) -> Iterator[None]:
    since = time.monotonic()
    yield
    _done(name, since)


def _done(name: str, since: float) -> None:
    _say(f"  {name}  {time.monotonic() - since:.1f} s")


def _detail(line: str) -> None:
    _say(f"    {line}")


def _say(line: str) -> None:
    print(line, flush=True)


@contextmanager
def _stopping_undisturbed() -> Iterator[None]:
    """From the first signal on, further ones wait until everything is down."""
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
