"""Nothing of a run stays behind: the run itself cleans up, and the next one after a run that was killed."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from canbao.policy import policies
from canbao.policy.engines import local
from canbao.policy.engines.unfinished import held, sweep, unfinished

KILLED = """
import sys, time
from pathlib import Path
from canbao.policy.engines.unfinished import unfinished
with unfinished(Path(sys.argv[1]), folder=True) as folder:
    (folder / "register.parquet").write_text("people")
    print("ready", flush=True)
    time.sleep(60)
"""


def register(folder: Path) -> Path:
    path = folder / "people.csv"
    path.write_text("person_id,birth_date,hukou_area\np1,1990-01-01,370481\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("folder", [True, False])
def test_it_is_hidden_and_gone_at_the_end_even_after_a_failure(folder: bool, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), unfinished(tmp_path / "bills.csv", folder=folder) as path:
        assert path.name == f".bills.csv.{os.getpid()}.partial" and path.is_dir() is folder
        raise RuntimeError

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next_and_told(tmp_path: Path) -> None:
    people, out = register(tmp_path), tmp_path / "bills.csv"
    told: list[str] = []
    run = subprocess.Popen([sys.executable, "-c", KILLED, out], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None and run.stdout.readline() == "ready\n"
    left = tmp_path / f".bills.csv.{run.pid}.partial"

    sweep(out, told.append)
    assert (left / "register.parquet").exists() and told == [], "somebody still works on it"
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    local.bill(policies.get("370481-2025"), people, out, told.append)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["bills.csv", "people.csv"]
    (said,) = told
    assert left.name in said and said.startswith("已清除上次中断留下的") and "Removed what a run" in said


def test_files_of_others_and_of_runs_that_go_on_are_left_alone(tmp_path: Path) -> None:
    kept = [tmp_path / name for name in (".notes.partial", ".a.csv.partial", "a.csv.1.partial", ".a.txt.1.partial")]
    running, elsewhere = tmp_path / ".other.csv.1.partial", tmp_path / ".b.csv.2.partial"
    for path in (*kept, running, elsewhere):
        path.touch()
    told: list[str] = []

    with held(lambda: running):
        sweep(tmp_path / "bills.parquet", told.append)

    assert sorted(tmp_path.iterdir()) == sorted([*kept, running])
    assert len(told) == 1 and elsewhere.name in told[0]


def test_what_another_run_removes_before_it_is_locked_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / ".a.csv.1.partial"
    sweepers: list[threading.Timer] = []

    def make() -> Path:
        path.touch()
        if not sweepers:
            sweeper = os.open(path, os.O_RDONLY)
            fcntl.flock(sweeper, fcntl.LOCK_EX)
            sweepers.append(threading.Timer(0.05, lambda: (path.unlink(), os.close(sweeper))))
            sweepers[0].start()
        return path

    with held(make):
        sweepers[0].join()
        assert path.exists()
        sweep(tmp_path / "a.csv", lambda said: pytest.fail(said))
        assert path.exists()
