"""A worker of a Spark cluster is killed in the middle of a run: it ends, with the bills of one machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyspark
import pytest
from polars.testing import assert_frame_equal

from benchmarks import people
from canbao.policy import policies
from canbao.policy.engines import local
from canbao.policy.engines.spark_session import LOOPBACK, environment

ROWS = int(os.environ.get("STORM_ROWS", "1000000"))
SEED = 2025
POLICY = "370481-2025"
SPARK = Path(pyspark.__file__).parent
MINUTES = 20


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        return int(taken.getsockname()[1])


@contextmanager
def started(role: str, *words: str, told: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A master or worker in a group of its own; its executors end with it."""
    command = [str(SPARK / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", "--host", LOOPBACK, *words]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--webui-port", "0"], env={**os.environ, **told}, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until_answers(port: int) -> None:
    for _ in range(MINUTES * 60):
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(1)
    raise AssertionError("the master does not answer")


@pytest.mark.timeout(0)
def test_a_worker_killed_in_the_middle_changes_no_bill(tmp_path: Path) -> None:
    print(f"seed {SEED}, {ROWS} rows")
    register, here, there = (tmp_path / f"{name}.parquet" for name in ("people", "here", "there"))
    people.write(register, ROWS, home="370481", opens="2024-10-01", seed=SEED)
    local.bill(policies.get(POLICY), register, here)
    told, port = environment(tmp_path), free_port()
    master = f"spark://{LOOPBACK}:{port}"
    worker = ("worker.Worker", "--cores", "1", "--memory", "1g", "--work-dir", str(tmp_path / "work"), master)
    canbao = str(Path(sys.executable).with_name("canbao"))

    with started("master.Master", "--port", str(port), told=told, log=tmp_path / "master.log"):
        wait_until_answers(port)
        with (
            started(*worker, told=told, log=tmp_path / "one.log") as first,
            started(*worker, told=told, log=tmp_path / "two.log"),
        ):
            command = [canbao, "bill", POLICY, str(register), "--out", str(there)]
            command += ["--engine", "spark", "--spark-master", master]
            run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
            # The keys are made and kept on both workers, nothing is written yet.
            while run.poll() is None and not list(tmp_path.glob(".there.parquet.*.partial/answers.parquet")):
                time.sleep(0.05)
            # Any thread of the worker may have started one.
            threads = Path(f"/proc/{first.pid}/task").glob("*/children")
            executors = [child for thread in threads for child in thread.read_text().split()]
            os.killpg(first.pid, signal.SIGKILL)
            killed_in_the_middle = run.poll() is None
            said = run.communicate(timeout=MINUTES * 60)[1]

    assert killed_in_the_middle
    assert executors
    assert run.returncode == 0, said
    assert_frame_equal(pl.read_parquet(there), pl.read_parquet(here))
