"""The command line: light commands stay light; what runs answers, is polite to a second start and ends on Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from canbao.cli import main
from canbao.cli.database import roles
from canbao.cli.database.server import SUPERUSER, PrivateServer
from canbao.cli.web import WebFault, free_port
from canbao.kernel.vault import new_key

COMMAND = [sys.executable, "-c", "import sys; from canbao.cli import main; sys.exit(main())"]
PRODUCTION = {"CANBAO_ENV": "production", "CANBAO_SECRET_KEY": "k" * 60, "CANBAO_DATA_KEYS": new_key()}


def test_the_light_commands_load_no_django() -> None:
    code = "import sys; from canbao.cli import parser; parser(); print([m for m in sys.modules if m == 'django'])"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_what_every_process_starts_with_loads_no_polars() -> None:
    code = "import sys, django; django.setup(); import canbao.cli.run; print([m for m in sys.modules if m == 'polars'])"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("words", [[], ["nonsense"], ["run", "--nonsense"]])
def test_bad_usage_is_exit_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)

    assert caught.value.code == 2
    assert "usage: canbao" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["--help", "run --help", "--version", "policy list"])
@pytest.mark.parametrize("unbuffered", ["1", ""])
def test_a_reader_that_leaves_early_gets_no_traceback(words: str, unbuffered: str) -> None:
    # The reader is gone before the first line is written, whatever the speed of the machine.
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = subprocess.run(
            [*COMMAND, *words.split()],
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            stdout=pipe, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unbuffered", ["1", ""])
def test_an_output_that_takes_no_more_is_one_sentence(unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "policy", "list"],
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.startswith("输出写不下去") and "the output cannot be written" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_streams_that_are_closed_or_full_change_no_command_into_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout", None)
    assert main(["policy", "list"]) == 0
    with Path("/dev/full").open("w", buffering=1) as full:
        monkeypatch.setattr("sys.stderr", full)
        assert main(["policy", "show", "nowhere-2025"]) == 2
        monkeypatch.undo()
        assert capsys.readouterr() == ("", "")


def test_a_taken_port_is_passed_over_unless_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr("canbao.cli.web.PORT_FIRST", port)
        monkeypatch.delenv("CANBAO_PORT", raising=False)
        assert free_port("127.0.0.1") > port

        monkeypatch.setenv("CANBAO_PORT", str(port))
        with pytest.raises(WebFault, match=f"Port {port} is taken"):
            free_port("127.0.0.1")

    monkeypatch.setenv("CANBAO_PORT", "eighty")
    with pytest.raises(WebFault, match="give a number"):
        free_port("127.0.0.1")


class Product:
    """`canbao run` in a data folder of its own, with an empty register."""

    def __init__(self, data: Path) -> None:
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CANBAO_", "DATABASE_"))},
            "CANBAO_DATA": str(data),
            "CANBAO_DEMO": "0",
            "PYTHONUNBUFFERED": "1",
        }
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it and give the URL that it prints."""
        self.process = subprocess.Popen(
            [*COMMAND, "run"],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if found := re.search(r"Open\s+(http\S+)", line):
                return found.group(1)
        raise AssertionError(said)

    def again(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*COMMAND, "run"], env=self.environment, capture_output=True, text=True, check=False)

    def end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    product = Product(tmp_path / "data")
    yield product
    if product.process is not None and product.process.poll() is None:
        product.end(signal.SIGTERM)
    for server in (PrivateServer(tmp_path / "data" / "postgresql"), PrivateServer(tmp_path / "elsewhere")):
        server.remove()


def _answer(url: str) -> int:
    with urllib.request.urlopen(f"{url}healthz", timeout=10) as answer:
        return int(answer.status)


def _processes_with(text: str) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if text in line]


def test_it_runs_tells_a_second_start_so_and_leaves_nothing_behind(product: Product, tmp_path: Path) -> None:
    url = product.start()
    assert _answer(url) == 200

    second = product.again()
    assert (second.returncode, url in second.stdout) == (0, True)

    assert product.end(signal.SIGINT) == 0
    assert _processes_with(str(tmp_path)) == []


def test_after_a_kill_the_next_start_recovers(product: Product) -> None:
    url = product.start()
    product.end(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            _answer(url)
        except OSError:
            break
        time.sleep(0.1)
    else:
        pytest.fail("the web server outlived its parent")

    assert _answer(product.start()) == 200
    assert product.end(signal.SIGTERM) == 0


def test_production_with_the_private_database_is_refused_in_one_sentence(product: Product) -> None:
    product.environment |= PRODUCTION

    done = product.again()

    assert done.returncode == 1
    assert re.fullmatch(r"canbao: Production must not keep its data in the private PostgreSQL[^\n]+\.\n", done.stderr)


def test_a_database_of_ones_own_replaces_the_private_one(product: Product, tmp_path: Path) -> None:
    with PrivateServer(tmp_path / "elsewhere").running() as server:
        roles.create_database(server.url(SUPERUSER, "postgres"), "campaign")
        product.environment |= {
            "DATABASE_URL": server.url(roles.APP, "campaign"),
            "CANBAO_OWNER_URL": server.url(roles.OWNER, "campaign"),
        }

        url = product.start()
        assert _answer(url) == 200
        assert product.end(signal.SIGTERM) == 0

        assert server.is_ready()
        assert not (tmp_path / "data" / "postgresql").exists()
        product.environment["DATABASE_URL"] = server.url(roles.OWNER, "campaign")
        product.environment |= PRODUCTION | {"CANBAO_HOSTS": "localhost"}
        refused = product.again()

    assert refused.returncode == 1
    assert "owns tables, so it could change the ledger" in refused.stderr
