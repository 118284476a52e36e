"""A process that bears others, which take money until they are killed: `python -m tests.payments.nursery`.

It reads one line for each of them: the file of its work and the file where it writes down what is done. Both it and
the children say the same names, so what stands in the second file was acknowledged. Bearing a child takes a
hundredth of what starting Python takes, so a thousand kills fit into minutes.

Work is one line each: `counter BILL`, or `told CHANNEL HEADERS BODY` with JSON and base64 of what a partner sends.
"""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from canbao.payments.partners.partner import Heard

MILLISECONDS_MORE_MAX = 40


def counter_line(bill_id: int) -> str:
    return f"counter {bill_id}"


def told_line(channel_id: int, heard: Heard) -> str:
    headers = base64.b64encode(json.dumps(dict(heard.headers)).encode()).decode()
    return f"told {channel_id} {headers} {base64.b64encode(heard.body).decode()}"


class Nursery:
    """Bears processes and kills them; `url` is their database's."""

    def __init__(self, url: str, folder: Path) -> None:
        self.work, self.done = folder / "work", folder / "done"
        environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.payments.nursery"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        assert self._line() == "ready"

    def kill_one(self, lines: Iterable[str], chance: random.Random) -> tuple[list[str], bool]:
        """Give the work to a new process and kill it somewhere in it: what it acknowledged, and whether more was left.

        Counted in acknowledgements and not in seconds, so that a slow machine kills amid the same work as a fast one;
        then some milliseconds more, so that the kill falls anywhere between two of them.
        """
        given = list(lines)
        self.work.write_text("\n".join(given), encoding="ascii")
        self.done.write_bytes(b"")
        assert self.process.stdin
        self.process.stdin.write(f"{self.work} {self.done}\n")
        self.process.stdin.flush()
        child = int(self._line())
        wanted = chance.randint(1, max(len(given) * 2 // 3, 1))
        while self.done.read_bytes().count(b"\n") < wanted and _lives(child):
            time.sleep(0.002)
        time.sleep(chance.uniform(0, MILLISECONDS_MORE_MAX / 1000))
        os.kill(child, signal.SIGKILL)
        assert self._line() == "over"
        acknowledged = self.done.read_text(encoding="ascii").splitlines()
        assert acknowledged, "the process ended by itself before it took anything"
        return acknowledged, len(acknowledged) < len(given)

    def close(self) -> None:
        self.process.communicate(timeout=30)

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


def _lives(child: int) -> bool:
    return Path(f"/proc/{child}/stat").exists() and Path(f"/proc/{child}/stat").read_text().split()[2] != "Z"


def _take(work: str, done: str) -> None:
    from canbao.kernel.clock import FixedClock
    from canbao.payments import actions, queries
    from tests import town

    clock = FixedClock(town.IN_WINDOW)
    out = os.open(done, os.O_WRONLY | os.O_APPEND)
    for line in Path(work).read_text(encoding="ascii").splitlines():
        kind, number, *told = line.split(" ")
        if kind == "counter":
            actions.take_counter_payment(
                actor=town.CLERK, bill_id=int(number), amount_fen=40000, key=f"kill {number}", clock=clock
            )
        else:
            channel = queries.channel(int(number))
            assert channel is not None
            heard = Heard(json.loads(base64.b64decode(told[0])), base64.b64decode(told[1]))
            answer = actions.hear(channel=channel, heard=heard, clock=clock)
            assert answer.status == 200, answer
        os.write(out, f"{line}\n".encode())


def main() -> None:
    import django

    django.setup()
    # Before any child is born, so that none has to read it.
    from canbao.payments import actions as actions
    from tests import town as town

    print("ready", flush=True)
    for line in sys.stdin:
        work, done = line.split()
        child = os.fork()
        if child == 0:
            _take(work, done)
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("over", flush=True)


if __name__ == "__main__":
    main()
